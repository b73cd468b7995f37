"""Figures: the headline metrics with their intervals, and those of each class."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from penstock.evaluation import metrics
from penstock.evaluation.intervals import Interval, percentile, proportion, replicates
from penstock.evaluation.predictions import Predictions

__all__ = ["ClassFigures", "headline", "mean_f1", "per_class"]

_SMALLEST = 1e-7
"""Scores are 32-bit floats; log loss takes none below this."""


@dataclass(frozen=True, slots=True)
class ClassFigures:
    """One class, with exact intervals; None where there is no text to judge by.

    Precision has none where the class was never predicted, recall none without a text of it,
    F1 none without either.
    """

    label: str
    precision: float
    recall: float
    f1: float
    support: int
    f1_interval: Interval | None
    recall_interval: Interval | None
    threshold: float | None = None
    precision_interval: Interval | None = None


def headline(found: Predictions, samples: int = 1000, seed: int = 0) -> dict[str, Interval]:
    """Return accuracy, macro, micro and weighted F1, log loss and Matthews' correlation.

    Accuracy has an exact interval and the means of F1 have that of `mean_f1`; log loss and the
    correlation are bootstrapped. Of several labels, accuracy is that of whole rows and there is
    no correlation.
    """
    counts = metrics.count(found.targets, found.found, len(found.classes))
    accuracy = proportion(int(found.right.sum()), len(found))
    shares = counts.predicted + counts.support
    figures = {
        "accuracy": accuracy,
        "macro_f1": mean_f1(counts, counts.seen),
        "micro_f1": mean_f1(counts, shares) if found.multilabel else accuracy,
        "weighted_f1": mean_f1(counts, counts.support),
    }
    return figures | _bootstrapped(found, samples, seed)


def mean_f1(counts: metrics.Counts, weights: NDArray[Any]) -> Interval:
    """Return the weighted mean of the classes' F1, and of the ends of their intervals.

    It is wider than it must be: classes are seldom all better, or all worse, than they look.
    Classes without a text and without a prediction are left out; 0 to 1 where all are.
    """
    bounds = [(interval, w) for interval, w in zip(_f1(counts), weights, strict=True) if interval]
    total = float(sum(w for _, w in bounds))
    if not total:
        return Interval(0.0, 0.0, 1.0)
    ends = np.array([(i.value, i.low, i.high) for i, _ in bounds])
    value, low, high = np.array([w for _, w in bounds], np.float64) @ ends / total
    return Interval(float(value), float(low), float(high))


def _f1(counts: metrics.Counts) -> list[Interval | None]:
    """Return F1 of each class with its exact interval.

    Of the texts that have the class or were given it, the share that have both is binomial,
    and F1 rises with it: 2 * share / (1 + share).
    """
    either = counts.predicted + counts.support - counts.hits
    pairs = zip(counts.hits, either, strict=True)
    shares = [_share(int(hits), int(trials)) for hits, trials in pairs]
    return [
        share and Interval(*map(_from_share, (share.value, share.low, share.high)))
        for share in shares
    ]


def _from_share(share: float) -> float:
    return 2 * share / (1 + share)


def _bootstrapped(found: Predictions, samples: int, seed: int) -> dict[str, Interval]:
    losses = log_losses(found)
    correlation = {} if found.multilabel else {"mcc": metrics.matthews}

    def all_of(at: NDArray[np.int64] | slice) -> list[float]:
        targets, predictions = found.targets[at], found.found[at]
        return [m(targets, predictions) for m in correlation.values()] + [float(losses[at].mean())]

    values = all_of(slice(None))
    drawn = replicates(all_of, len(found), samples=samples, seed=seed)
    return {
        name: percentile(value, drawn[:, column])
        for column, (name, value) in enumerate(zip([*correlation, "log_loss"], values, strict=True))
    }


def log_losses(found: Predictions) -> NDArray[np.float64]:
    """Return ``-log(score of the truth)`` of each text, shape (n,); mean over several labels."""
    if found.multilabel:
        truth = np.where(found.targets == 1, found.scores, 1 - found.scores)
        return np.asarray(-np.log(np.maximum(truth, _SMALLEST)).mean(axis=1))
    truth = found.scores[np.arange(len(found)), found.targets]
    return np.asarray(-np.log(np.maximum(truth, _SMALLEST)))


def per_class(found: Predictions) -> list[ClassFigures]:
    """Return the figures of each class, in the order of the classes."""
    counts = metrics.count(found.targets, found.found, len(found.classes))
    f1 = _f1(counts)
    return [
        ClassFigures(
            label=str(label),
            precision=float(counts.precision[row]),
            recall=float(counts.recall[row]),
            f1=float(counts.f1[row]),
            support=int(counts.support[row]),
            f1_interval=f1[row],
            recall_interval=_share(int(counts.hits[row]), int(counts.support[row])),
            threshold=None if found.thresholds is None else float(found.thresholds[row]),
            precision_interval=_share(int(counts.hits[row]), int(counts.predicted[row])),
        )
        for row, label in enumerate(found.classes)
    ]


def _share(hits: int, trials: int) -> Interval | None:
    return proportion(hits, trials) if trials else None
