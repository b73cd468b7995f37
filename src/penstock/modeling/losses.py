"""Losses: of one class among many, and of several labels that each are or are not."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn import functional

__all__ = ["text_losses", "validation_figures"]


def text_losses(
    logits: torch.Tensor, targets: torch.Tensor, label_smoothing: float = 0.0
) -> torch.Tensor:
    """Return the loss of each text, shape (n,); multi-label, of each label, (n, n_classes).

    Cross-entropy for class indices of shape (n,), binary cross-entropy for an indicator of
    shape (n, n_classes). Smoothing gives every class, or both answers, an equal share.
    """
    if targets.ndim == 1:
        return functional.cross_entropy(
            logits, targets, reduction="none", label_smoothing=label_smoothing
        )
    smooth = targets * (1 - label_smoothing) + label_smoothing / 2
    return functional.binary_cross_entropy_with_logits(logits, smooth, reduction="none")


def validation_figures(logits: NDArray[np.float32], targets: NDArray[Any]) -> dict[str, float]:
    """Return ``validation_loss`` and ``validation_accuracy`` of n texts.

    Multi-label, a text is right when all its labels are, at a score of 0.5; beside it comes
    ``validation_micro_f1``, of all labels of all texts together.
    """
    losses = text_losses(torch.from_numpy(logits), torch.from_numpy(targets))
    figures = {"validation_loss": float(losses.mean())}
    if targets.ndim == 1:
        return figures | {"validation_accuracy": float(np.mean(logits.argmax(axis=1) == targets))}
    given, have = logits > 0, targets > 0
    f1 = 2 * (given & have).sum() / max(1, given.sum() + have.sum())
    right = (given == have).all(axis=1)
    return figures | {
        "validation_accuracy": float(right.mean()),
        "validation_micro_f1": float(f1),
    }
