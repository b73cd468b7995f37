"""Figures: the headline metrics with their intervals, and those of each class."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from penstock.evaluation import metrics
from penstock.evaluation.intervals import Interval, percentile, proportion, replicates
from penstock.evaluation.predictions import Predictions

__all__ = ["ClassFigures", "headline", "per_class"]

_SMALLEST = 1e-7
"""Scores are 32-bit floats; log loss takes none below this."""


@dataclass(frozen=True, slots=True)
class ClassFigures:
    """One class. F1 has a bootstrap interval, recall Wilson's; None without a text of it."""

    label: str
    precision: float
    recall: float
    f1: float
    support: int
    f1_interval: Interval
    recall_interval: Interval | None
    threshold: float | None = None


def headline(found: Predictions, samples: int = 1000, seed: int = 0) -> dict[str, Interval]:
    """Return accuracy, macro, micro and weighted F1, log loss and Matthews' correlation.

    All are judged on the same resamples. Of several labels, accuracy is that of whole rows and
    there is no correlation.
    """
    losses = log_losses(found)
    metric = {
        "accuracy": metrics.accuracy,
        "macro_f1": metrics.macro_f1,
        "micro_f1": metrics.micro_f1,
        "weighted_f1": metrics.weighted_f1,
    } | ({} if found.multilabel else {"mcc": metrics.matthews})

    def all_of(at: NDArray[np.int64] | slice) -> list[float]:
        targets, predictions = found.targets[at], found.found[at]
        return [m(targets, predictions) for m in metric.values()] + [float(losses[at].mean())]

    values = all_of(slice(None))
    drawn = replicates(all_of, len(found), samples=samples, seed=seed)
    names = [*metric, "log_loss"]
    return {
        name: percentile(value, drawn[:, column])
        for column, (name, value) in enumerate(zip(names, values, strict=True))
    }


def log_losses(found: Predictions) -> NDArray[np.float64]:
    """Return ``-log(score of the truth)`` of each text, shape (n,); mean over several labels."""
    if found.multilabel:
        truth = np.where(found.targets == 1, found.scores, 1 - found.scores)
        return np.asarray(-np.log(np.maximum(truth, _SMALLEST)).mean(axis=1))
    truth = found.scores[np.arange(len(found)), found.targets]
    return np.asarray(-np.log(np.maximum(truth, _SMALLEST)))


def per_class(found: Predictions, samples: int = 1000, seed: int = 0) -> list[ClassFigures]:
    """Return the figures of each class, in the order of the classes."""
    size = len(found.classes)
    counts = metrics.count(found.targets, found.found, size)
    drawn = replicates(
        lambda at: metrics.count(found.targets[at], found.found[at], size).f1,
        len(found),
        samples=samples,
        seed=seed,
    )
    return [
        ClassFigures(
            label=str(label),
            precision=float(counts.precision[row]),
            recall=float(counts.recall[row]),
            f1=float(counts.f1[row]),
            support=int(counts.support[row]),
            f1_interval=percentile(float(counts.f1[row]), drawn[:, row]),
            recall_interval=_recall(int(counts.hits[row]), int(counts.support[row])),
            threshold=None if found.thresholds is None else float(found.thresholds[row]),
        )
        for row, label in enumerate(found.classes)
    ]


def _recall(hits: int, support: int) -> Interval | None:
    return proportion(hits, support) if support else None
