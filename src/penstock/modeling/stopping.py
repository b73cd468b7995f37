"""Stopping early: the best epoch's weights, and the epochs since."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import torch

__all__ = ["Best", "learned", "put_back"]


class Best:
    """Keeps the weights of the best validation loss when there is ``patience``."""

    def __init__(self, patience: int | None) -> None:
        self.patience = patience
        self.loss = math.inf
        self.since = 0
        self.weights: dict[str, torch.Tensor] = {}

    def enough(self, model: Any, record: Mapping[str, float]) -> bool:
        """Note an epoch's record; True when the last better one is ``patience`` epochs ago."""
        if self.patience is None or "validation_loss" not in record:
            return False
        if record["validation_loss"] < self.loss:
            self.loss, self.since = record["validation_loss"], 0
            self.weights = {name: value.clone() for name, value in learned(model).items()}
            return False
        self.since += 1
        return self.since >= self.patience

    def restore(self, model: Any) -> None:
        """Put the best weights back, where there are any."""
        if self.weights:
            put_back(model, self.weights)


def learned(model: Any) -> dict[str, torch.Tensor]:
    """Return what training changes: the state without the weights that are frozen."""
    frozen = {name for name, value in model.named_parameters() if not value.requires_grad}
    return {name: value for name, value in model.state_dict().items() if name not in frozen}


def put_back(model: Any, weights: Mapping[str, torch.Tensor]) -> None:
    """Load what `learned` returned; what was frozen stays."""
    model.load_state_dict({**model.state_dict(), **weights})
