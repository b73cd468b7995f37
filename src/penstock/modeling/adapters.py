"""Adapters: LoRA through peft, for encoders too large to train whole."""

from __future__ import annotations

from typing import Any

from penstock.errors import InputError
from penstock.modeling.layers import depths, linear_layers

__all__ = ["adapt", "merge"]


def adapt(model: Any, rank: int) -> Any:
    """Put LoRA adapters into ``model`` and freeze its other weights; return what `merge` takes.

    Every linear module of the encoder's layers, attention and FFN, gets one of rank ``rank``
    with alpha twice that and no dropout; what lies above the layers (pooler, head) learns in
    full. Hu et al. (2021), "LoRA". XLNet's attention has no linear modules: there the FFN alone
    is adapted.

    Raises
    ------
    InputError
        The encoder has no linear modules, or peft is not installed.
    """
    try:
        from peft import LoraConfig, get_peft_model
    except ImportError as error:
        raise InputError(
            "LoRA needs peft", where="lora_rank", hint="pip install 'penstock[train]'"
        ) from error
    targets = linear_layers(model)
    if not targets:
        raise InputError(f"{type(model).__name__} has no linear layers", where="lora_rank")
    depth = depths(model)
    top = max(depth.values())
    above = [value for name, value in model.named_parameters() if depth[name] == top]
    config = LoraConfig(r=rank, lora_alpha=2 * rank, target_modules=targets)
    adapted = get_peft_model(model, config)
    for parameter in above:
        parameter.requires_grad_(True)
    return adapted


def merge(adapted: Any) -> None:
    """Add the adapters to the weights and take them out: the model is an ordinary one again."""
    adapted.merge_and_unload()
