"""Optimisers: AdamW in groups, the embedding table apart, and the schedule of their rates."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch

from penstock.modeling.layers import depths
from penstock.modeling.recipe import Recipe

__all__ = ["Optimisers"]

_CLIP = 1.0
"""Largest gradient norm; the value of BERT's own fine-tuning script and of the Trainer."""


class Optimisers:
    """What makes one step: clip, set the rates, update.

    Matrices decay, biases and layer norms do not. With ``embeddings="sparse"`` the embedding
    table is apart: SparseAdam touches the rows that a batch has, and they are not clipped.
    """

    def __init__(self, model: Any, recipe: Recipe, steps: int) -> None:
        self.steps, self.warmup = steps, round(steps * recipe.warmup_share)
        table = model.get_input_embeddings().weight if recipe.embeddings == "sparse" else None
        scales = _scales(model, recipe.layer_decay)
        self.clipped: list[torch.nn.Parameter] = []
        groups: dict[tuple[float, float], list[torch.nn.Parameter]] = {}
        for name, parameter in model.named_parameters():
            if parameter.requires_grad and parameter is not table:
                decay = recipe.weight_decay if parameter.ndim > 1 else 0.0
                groups.setdefault((scales[name], decay), []).append(parameter)
                self.clipped.append(parameter)
        self.all: list[torch.optim.Optimizer] = [
            torch.optim.AdamW(
                [
                    _group(parameters, recipe.learning_rate * scale) | {"weight_decay": decay}
                    for (scale, decay), parameters in groups.items()
                ],
                fused=True,
            )
        ]
        if table is not None and table.requires_grad:
            scale = min(scales.values())  # the table lies lowest
            self.all.append(torch.optim.SparseAdam([_group([table], recipe.learning_rate * scale)]))
        self.peak = recipe.learning_rate

    def step(self, step: int) -> float:
        """Update the weights in step ``step``, counted from 0; return the head's learning rate."""
        factor = self._factor(step)
        torch.nn.utils.clip_grad_norm_(self.clipped, _CLIP)
        for optimiser in self.all:
            for group in optimiser.param_groups:
                group["lr"] = group["peak"] * factor
            optimiser.step()
            optimiser.zero_grad(set_to_none=True)
        return self.peak * factor

    def tensors(self) -> dict[str, torch.Tensor]:
        """Return the state as tensors: ``<optimiser>.<parameter>.<what>``."""
        return {
            f"{number}.{index}.{what}": torch.as_tensor(value)
            for number, optimiser in enumerate(self.all)
            for index, state in optimiser.state_dict()["state"].items()
            for what, value in state.items()
        }

    def restore(self, tensors: Mapping[str, torch.Tensor]) -> None:
        """Take back what ``tensors`` returned."""
        for number, optimiser in enumerate(self.all):
            state: dict[int, dict[str, Any]] = {}
            for name, tensor in tensors.items():
                owner, index, what = name.split(".")
                if int(owner) == number:
                    state.setdefault(int(index), {})[what] = _as_was(optimiser, what, tensor)
            groups = optimiser.state_dict()["param_groups"]
            optimiser.load_state_dict({"state": state, "param_groups": groups})

    def _factor(self, step: int) -> float:
        """Rise in a line over the warm-up, then fall in a line to zero."""
        if step < self.warmup:
            return (step + 1) / (self.warmup + 1)
        return max(0.0, (self.steps - step) / max(1, self.steps - self.warmup))


def _group(parameters: list[torch.nn.Parameter], peak: float) -> dict[str, Any]:
    return {"params": parameters, "lr": peak, "peak": peak}


def _as_was(optimiser: torch.optim.Optimizer, what: str, tensor: torch.Tensor) -> Any:
    """SparseAdam counts its steps in a plain number, AdamW in a tensor."""
    plain = what == "step" and isinstance(optimiser, torch.optim.SparseAdam)
    return int(tensor) if plain else tensor


def _scales(model: Any, layer_decay: float) -> dict[str, float]:
    """Return the share of the learning rate for each parameter, 1.0 for the head.

    One factor for each layer down, as in Howard & Ruder (2018), "Universal Language Model
    Fine-tuning", section 3.2; ELECTRA's code does the same but for one factor more below the head.
    """
    if layer_decay == 1.0:
        return {name: 1.0 for name, _ in model.named_parameters()}
    depth = depths(model)
    top = max(depth.values())
    return {name: layer_decay ** (top - at) for name, at in depth.items()}
