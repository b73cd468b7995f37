"""Learning from few texts a class: a contrastive warm-up, before the head learns."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Literal, TypeAlias

import numpy as np
import torch
from numpy.typing import NDArray

from penstock.errors import InputError
from penstock.modeling.contrast import STEPS, balanced, contrastive_loss
from penstock.modeling.head import Features, head_features
from penstock.modeling.labels import Targets
from penstock.modeling.matmul import onednn
from penstock.modeling.optimisers import Optimisers
from penstock.modeling.progress import Progress, Watcher
from penstock.modeling.recipe import Recipe
from penstock.modeling.training import Examples, Padding, choose_embeddings

__all__ = ["FewShot", "is_few_shot", "warm_up"]

FewShot: TypeAlias = bool | Literal["auto"]

_FEWEST, _MOST = 4, 50
"""Texts a class, in the middle of all classes, between which ``"auto"`` warms up."""

_GENTLE = 1 / 3
"""Of the learning rate, for the warm-up."""

_PART = 16
"""Texts padded together: a batch is of any lengths, a part of it is of like ones."""


def is_few_shot(wanted: FewShot, targets: Targets, recipe: Recipe) -> bool:
    """Whether to warm up: as ``wanted`` says, or by the number of texts a class.

    Raises
    ------
    InputError
        It is wanted where it cannot be: several labels for a text, or LoRA.
    """
    unfit = _unfit(targets, recipe)
    if wanted is True and unfit:
        raise InputError(f"does not go with {unfit}", where="few_shot", hint='use "auto" or False')
    if wanted != "auto" or unfit:
        return wanted is True
    return bool(_FEWEST <= np.median(np.bincount(targets)) <= _MOST)


def warm_up(
    model: Any,
    padding: Padding,
    examples: Examples,
    recipe: Recipe,
    watcher: Watcher | None = None,
) -> None:
    """Train the encoder of ``model`` by contrast, in place. The watcher hears of it as epoch 0."""
    model.to(recipe.device)
    choose_embeddings(model.get_input_embeddings(), recipe)
    gentle = replace(recipe, learning_rate=recipe.learning_rate * _GENTLE)
    optimisers = Optimisers(model, gentle, STEPS)
    rng = np.random.default_rng([recipe.seed, 0])
    model.train()
    with onednn(), head_features(model) as read:
        for step, rows in enumerate(balanced(examples.targets, STEPS, rng)):
            loss = _loss(read, padding, examples, rows, recipe.device)
            loss.backward()  # type: ignore[no-untyped-call]
            optimisers.step(step)
            if watcher:
                watcher(Progress(0, recipe.epochs, step + 1, STEPS, float(loss.detach())))


def _unfit(targets: Targets, recipe: Recipe) -> str:
    if targets.ndim == 2:
        return "several labels for a text"
    return "lora_rank" if recipe.lora_rank else ""


def _loss(
    read: Features,
    padding: Padding,
    examples: Examples,
    rows: NDArray[np.int64],
    device: torch.device,
) -> torch.Tensor:
    ordered = rows[np.argsort(examples.lengths[rows], kind="stable")]
    parts = np.array_split(ordered, -(-len(ordered) // _PART))
    seen = [read(padding, [examples.encoded[row] for row in part], device) for part in parts]
    targets = torch.from_numpy(examples.targets[ordered]).to(device)
    return contrastive_loss(torch.cat(seen), targets)
