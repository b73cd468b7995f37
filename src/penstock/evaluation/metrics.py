"""Metrics of class indices and indicator rows, by counting: fast enough for thousands of resamples.

Each is a function of ``targets`` and ``predictions`` alone: class indices of shape
(n_samples,), or, for several labels a text, indicators of shape (n_samples, n_classes).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "Counts",
    "accuracy",
    "confusion",
    "count",
    "macro_f1",
    "matthews",
    "micro_f1",
    "weighted_f1",
]

Labels = NDArray[Any]
Float = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Counts:
    """True positives, texts predicted and texts that truly have it; shape (n_classes,) each."""

    hits: Float
    predicted: Float
    support: Float

    @property
    def precision(self) -> Float:
        """Share of the predicted that are right; 0 where none is predicted."""
        return _share(self.hits, self.predicted)

    @property
    def recall(self) -> Float:
        """Share of the true that are found; 0 where there is none."""
        return _share(self.hits, self.support)

    @property
    def f1(self) -> Float:
        """Harmonic mean of precision and recall; 0 where both are."""
        return _share(2 * self.hits, self.predicted + self.support)

    @property
    def seen(self) -> NDArray[np.bool_]:
        """Whether a class occurs or was predicted: only these count in a mean."""
        return (self.predicted + self.support) > 0


def count(targets: Labels, predictions: Labels, n_classes: int | None = None) -> Counts:
    """Count hits class by class; `n_classes` defaults to those that occur."""
    if targets.ndim == 2:
        return Counts(
            (targets * predictions).sum(axis=0).astype(np.float64),
            predictions.sum(axis=0).astype(np.float64),
            targets.sum(axis=0).astype(np.float64),
        )
    size = n_classes or int(max(targets.max(initial=0), predictions.max(initial=0))) + 1
    return Counts(
        _histogram(targets[targets == predictions], size),
        _histogram(predictions, size),
        _histogram(targets, size),
    )


def accuracy(targets: Labels, predictions: Labels) -> float:
    """Return the share of texts that are right; of several labels, all must be."""
    equal = targets == predictions
    return float(equal.mean() if equal.ndim == 1 else equal.all(axis=1).mean())


def macro_f1(targets: Labels, predictions: Labels) -> float:
    """Return the mean of the classes' F1, over classes that occur or were predicted."""
    counts = count(targets, predictions)
    return float(counts.f1[counts.seen].mean()) if counts.seen.any() else 0.0


def micro_f1(targets: Labels, predictions: Labels) -> float:
    """Return F1 of all labels taken together; with one label a text it is the accuracy."""
    counts = count(targets, predictions)
    return float(_share(2 * counts.hits.sum(), (counts.predicted + counts.support).sum()))


def weighted_f1(targets: Labels, predictions: Labels) -> float:
    """Return the mean of the classes' F1, each weighted by its texts."""
    counts = count(targets, predictions)
    return float(_share((counts.f1 * counts.support).sum(), counts.support.sum()))


def matthews(targets: Labels, predictions: Labels) -> float:
    """Return Matthews' correlation coefficient for several classes (Gorodkin, 2004).

    0 where all texts are, or are predicted to be, of one class. Class indices only.
    """
    counts = count(targets, predictions)
    total = float(len(targets))
    top = counts.hits.sum() * total - counts.support @ counts.predicted
    spread = (total**2 - counts.predicted @ counts.predicted) * (
        total**2 - counts.support @ counts.support
    )
    return float(top / np.sqrt(spread)) if spread > 0 else 0.0


def confusion(targets: Labels, predictions: Labels, n_classes: int) -> NDArray[np.int64]:
    """Return how often a class (row) was predicted as one (column), (n_classes, n_classes)."""
    cells = np.bincount(targets * n_classes + predictions, minlength=n_classes**2)
    return cells.reshape(n_classes, n_classes).astype(np.int64)


def _histogram(indices: Labels, size: int) -> Float:
    return np.bincount(indices, minlength=size).astype(np.float64)


def _share(part: Any, whole: Any) -> Float:
    return np.asarray(part / np.maximum(whole, 1e-300), np.float64)
