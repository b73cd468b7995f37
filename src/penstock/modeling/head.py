"""The head: the last linear layer of a classifier, and what it reads of each text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from torch import nn

from penstock.engines.first import forward_of
from penstock.errors import InputError
from penstock.modeling.batches import by_length, collate
from penstock.modeling.matmul import onednn
from penstock.modeling.recipe import Recipe
from penstock.modeling.training import Examples, Padding

__all__ = ["Features", "fit_head", "head_features", "head_of", "start_head"]

_INVERSE_PENALTY = 0.5
"""``C`` of the logistic regression: chosen on the validation split of Banking77 with 10 texts a
class, where 0.5 and 5 are within 0.2 points."""

_BATCH = 32

_TEXTS, _EACH = 4096, 16
"""Texts that `start_head` reads, equally many of each class, and of each class at least."""


class Features:
    """What the head of a model reads of texts; made by `head_features`."""

    def __init__(self, model: Any) -> None:
        self._forward = forward_of(model)
        self.values: torch.Tensor

    def __call__(
        self, padding: Padding, encoded: Sequence[Sequence[int]], device: torch.device
    ) -> torch.Tensor:
        """Return what the head reads of n texts, shape (n, width)."""
        ids, mask = collate(encoded, padding.token, padding.left)
        with torch.autocast(device.type, torch.bfloat16, enabled=device.type == "cuda"):
            self._forward(ids.to(device), mask.to(device))
        return self.values.float()


def head_of(model: Any) -> nn.Linear:
    """Return the layer that gives the logits.

    Raises
    ------
    InputError
        The model has none.
    """
    inside = {id(module) for module in model.base_model.modules()}
    linear = [
        module
        for module in model.modules()
        if isinstance(module, nn.Linear) and id(module) not in inside
    ]
    if not linear or linear[-1].out_features != model.config.num_labels:
        raise InputError(
            f"{type(model).__name__} has no linear head",
            where="few_shot",
            hint="use few_shot=False",
        )
    return linear[-1]


@contextmanager
def head_features(model: Any) -> Iterator[Features]:
    """Return a reader of what the head reads, which works as long as the context lasts."""
    features = Features(model)

    def keep(_module: nn.Module, inputs: tuple[torch.Tensor, ...]) -> None:
        features.values = inputs[0]

    handle = head_of(model).register_forward_pre_hook(keep)
    try:
        yield features
    finally:
        handle.remove()


def start_head(model: Any, padding: Padding, examples: Examples, recipe: Recipe) -> None:
    """Set the head to what a logistic regression learns of what it reads now, from some texts.

    A head that starts at random teaches the encoder its own noise first: on texts of Banking77 held
    out of training (docs/adr/0013) this start was worth 0.7 points at the end.
    """
    rows = _some(examples.targets, np.random.default_rng([recipe.seed, 0]))
    model.to(recipe.device).eval()
    found = np.empty((len(rows), head_of(model).in_features), np.float32)
    with onednn(), torch.inference_mode(), head_features(model) as read:
        for batch in by_length(examples.lengths[rows], _BATCH):
            encoded = [examples.encoded[row] for row in rows[batch]]
            found[batch] = read(padding, encoded, recipe.device).cpu().numpy()
    fit_head(model, found, examples.targets[rows], examples.weights[rows])


def _some(targets: NDArray[np.int64], rng: np.random.Generator) -> NDArray[np.int64]:
    """Return sorted rows, at most `_TEXTS`, or `_EACH` of each class."""
    order = rng.permutation(len(targets))
    most = max(_EACH, _TEXTS // len(np.unique(targets)))
    kept = [order[targets[order] == index][:most] for index in np.unique(targets)]
    return np.sort(np.concatenate(kept))


def fit_head(
    model: Any, features: NDArray[np.float32], targets: NDArray[np.int64], weights: NDArray[Any]
) -> None:
    """Set the head to a logistic regression on n texts' ``features`` of shape (n, width).

    Tunstall et al. (2022), "Efficient Few-Shot Learning Without Prompts", take the same head.
    """
    fitted = LogisticRegression(C=_INVERSE_PENALTY, max_iter=1000)
    fitted.fit(features, targets, sample_weight=weights)
    weight, bias = fitted.coef_, fitted.intercept_
    if len(weight) == 1:  # of two classes it keeps the second's
        weight, bias = np.vstack([-weight, weight]) / 2, np.hstack([-bias, bias]) / 2
    head = head_of(model)
    with torch.no_grad():
        head.weight.copy_(torch.from_numpy(weight))
        head.bias.copy_(torch.from_numpy(bias))
