"""Layers: how deep in an encoder a parameter lies, whatever the architecture."""

from __future__ import annotations

from typing import Any

from torch import nn

from penstock.errors import InputError

__all__ = ["depths", "linear_layers"]


def depths(model: Any) -> dict[str, int]:
    """Return the depth of each parameter by its name.

    Embeddings and what else is made before the layers have 0, layer ``i`` of n has ``i + 1``,
    and what is made after the layers (last norm, pooler, head) has n + 1. Layers that share
    their weights, as ALBERT's do, are one layer.
    """
    prefix, layers = _layers(model)
    tables = {
        id(module.weight)
        for module in model.base_model.modules()
        if isinstance(module, nn.Embedding)
    }
    found: dict[str, int] = {}
    above = 0
    for name, parameter in model.named_parameters():
        if name.startswith(prefix):
            found[name] = int(name.removeprefix(prefix).partition(".")[0]) + 1
            above = len(layers) + 1
        else:
            found[name] = 0 if id(parameter) in tables else above
    return found


def linear_layers(model: Any) -> list[str]:
    """Return the names of the linear modules in the encoder's layers: attention and FFN."""
    prefix, _ = _layers(model)
    return [
        name
        for name, module in model.named_modules()
        if name.startswith(prefix) and isinstance(module, nn.Linear)
    ]


def _layers(model: Any) -> tuple[str, nn.ModuleList]:
    """Find the encoder's list of layers: of all lists the one with the most weights."""
    lists = [
        (f"{name}.", module)
        for name, module in model.named_modules()
        if isinstance(module, nn.ModuleList)
    ]
    if not lists:
        raise InputError(
            f"{type(model).__name__} has no list of layers",
            where="base_model",
            hint="leave layer_decay at 1.0 and lora_rank at None for it",
        )
    # A list holds all that a list within it holds: the first of the largest is the outermost.
    return max(lists, key=lambda pair: sum(p.numel() for p in pair[1].parameters()))
