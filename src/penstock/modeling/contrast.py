"""The contrastive warm-up: texts of a class drawn together, before the head learns.

Khosla et al. (2020), "Supervised Contrastive Learning", equation 2, on what the head reads. With
few texts a class every pair of texts is an example, so there is more to learn from than labels
alone give; SetFit (Tunstall et al., 2022) warms up its encoder for the same reason.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn import functional

__all__ = ["STEPS", "balanced", "contrastive_loss"]

STEPS = 64
"""Batches of a warm-up, whatever the number of texts."""

_CLASSES, _TEXTS = 16, 48
"""Classes and texts of a batch, at most."""

_TEMPERATURE = 0.1
"""Of the similarities; the value of Khosla et al. is 0.1 as well."""


def contrastive_loss(features: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
    """Return the mean loss of texts that have another of their class in the batch.

    Parameters
    ----------
    features : of shape (n, width).
    targets : class of each text, shape (n,).
    """
    unit = functional.normalize(features, dim=-1)
    itself = torch.eye(len(unit), dtype=torch.bool, device=unit.device)
    similar = (unit @ unit.T / _TEMPERATURE).masked_fill(itself, -1e9)
    log_share = similar - torch.logsumexp(similar, dim=1, keepdim=True)
    alike = (targets[:, None] == targets[None, :]) & ~itself
    paired = alike.any(dim=1)
    losses = -(log_share * alike).sum(dim=1)[paired] / alike.sum(dim=1)[paired]
    return losses.mean()


def balanced(
    targets: NDArray[np.int64], steps: int, rng: np.random.Generator
) -> Iterator[NDArray[np.int64]]:
    """Yield ``steps`` batches: rows of some classes, equally many of each as far as they go."""
    members = [np.flatnonzero(targets == index) for index in np.unique(targets)]
    members = [rows for rows in members if len(rows) > 1]
    each = max(2, _TEXTS // min(_CLASSES, len(members)))
    for _ in range(steps):
        drawn = rng.permutation(len(members))[:_CLASSES]
        yield np.concatenate([rng.permutation(members[index])[:each] for index in drawn])
