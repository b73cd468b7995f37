"""Parameters of ``TransformerClassifier``: their ranges, and what is said about a wrong one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from penstock.engines.tokens import LONG_TEXT
from penstock.errors import InputError, did_you_mean

__all__ = ["check_parameters", "unknown_parameter"]

RANGES: dict[str, tuple[float, float]] = {
    "epochs": (1, 1000),
    "batch_size": (1, 100_000),
    "learning_rate": (0.0, 10.0),
    "max_length": (3, 1_000_000),
    "warmup_share": (0.0, 1.0),
    "weight_decay": (0.0, 10.0),
    "dropout": (0.0, 0.99),
    "label_smoothing": (0.0, 0.99),
    "validation_share": (0.0, 0.9),
    "patience": (1, 1000),
    "accumulate": (1, 10_000),
    "layer_decay": (0.01, 1.0),
    "lora_rank": (1, 1024),
    "seed": (0, 2**32 - 1),
}
"""Smallest and largest value of each number."""

OPTIONAL = ("dropout", "patience", "lora_rank")
"""Numbers that may be None."""

CHOICES: dict[str, tuple[Any, ...]] = {
    "embeddings": ("sparse", "frozen", "dense"),
    "few_shot": ("auto", True, False),
    "long_text": tuple(LONG_TEXT),
}
"""Words that a parameter may be."""


def check_parameters(values: Mapping[str, Any]) -> None:
    """Raise InputError for the first parameter that is out of its range."""
    for name, (low, high) in RANGES.items():
        value = values[name]
        if value is None and name in OPTIONAL:
            continue
        if not isinstance(value, int | float | np.number) or not low <= value <= high:
            raise InputError(f"{value!r} is not between {low} and {high}", where=name)
    for name, known in CHOICES.items():
        if values[name] not in known:
            hint = did_you_mean(str(values[name]), map(str, known))
            raise InputError(f"unknown choice {values[name]!r}", where=name, hint=hint)


def unknown_parameter(name: str, known: Iterable[str]) -> InputError:
    """Return the error for a parameter that is not there."""
    return InputError(
        f"TransformerClassifier has no parameter {name!r}", hint=did_you_mean(name, known)
    )
