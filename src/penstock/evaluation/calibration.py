"""Calibration and coverage: whether scores mean what they say, and what holding back buys."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from penstock.evaluation.predictions import Predictions

__all__ = ["Bin", "Calibration", "CoveragePoint", "calibration", "coverage", "expected_error"]

_BINS = 15
"""Bins of the expected calibration error, as in Guo et al., 2017."""

_POINTS = 50


@dataclass(frozen=True, slots=True)
class Bin:
    """Predictions with a score from `low` to `high`: their mean score, and the share right."""

    low: float
    high: float
    n_samples: int
    score: float
    right: float


@dataclass(frozen=True, slots=True)
class Calibration:
    """How far scores are from the share that is right.

    Attributes
    ----------
    error : expected calibration error over 15 bins of the best score (Guo et al., 2017); of
        several labels, over the scores of all of them.
    uncalibrated_error : the same at temperature 1; None where no temperature is known.
    temperature : the model's, where known.
    bins : those that are not empty.
    """

    error: float
    uncalibrated_error: float | None
    temperature: float | None
    bins: list[Bin]


@dataclass(frozen=True, slots=True)
class CoveragePoint:
    """What happens when texts scored below `threshold` are held back.

    `coverage` is the share answered and `accuracy` the share of those that is right
    (selective prediction: El-Yaniv & Wiener, 2010).
    """

    threshold: float
    coverage: float
    accuracy: float


def calibration(found: Predictions, temperature: float | None = None) -> Calibration:
    """Compare scores with how often they are right."""
    scores, right = _judged(found, found.scores)
    before = None
    if temperature is not None and not found.multilabel:
        before = expected_error(*_judged(found, _undo(found.scores, temperature)))
    return Calibration(expected_error(scores, right), before, temperature, _bins(scores, right))


def expected_error(scores: NDArray[np.float64], right: NDArray[np.bool_]) -> float:
    """Return the mean gap between score and share right, over 15 bins by their size."""
    number = np.minimum((scores * _BINS).astype(int), _BINS - 1)
    gaps = np.bincount(number, weights=scores - right, minlength=_BINS)
    return float(np.abs(gaps).sum() / len(scores))


def coverage(found: Predictions) -> list[CoveragePoint]:
    """Return up to 50 points from the surest texts to all of them.

    A text is as sure as its best score; of several labels, as the least sure of them.
    """
    sure, right = confidence(found), found.right
    order = np.argsort(-sure, kind="stable")
    share = np.cumsum(right[order]) / np.arange(1, len(found) + 1)
    ends = np.unique(np.linspace(1, len(found), min(_POINTS, len(found))).astype(int)) - 1
    return [
        CoveragePoint(float(sure[order[end]]), float((end + 1) / len(found)), float(share[end]))
        for end in ends
    ]


def confidence(found: Predictions) -> NDArray[np.float64]:
    """Return how sure each text's prediction is, shape (n,), between 0 and 1."""
    if not found.multilabel:
        return np.asarray(found.scores.max(axis=1))
    chosen = np.where(found.found == 1, found.scores, 1 - found.scores)
    return np.asarray(chosen.min(axis=1))


def _judged(
    found: Predictions, scores: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    if found.multilabel:
        return scores.ravel(), found.targets.ravel() == 1
    return scores.max(axis=1), found.right


def _undo(scores: NDArray[np.float64], temperature: float) -> NDArray[np.float64]:
    """Return the scores at temperature 1: logits are their logarithm times it, plus a constant."""
    logits = np.log(np.maximum(scores, 1e-30)) * temperature
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True))


def _bins(scores: NDArray[np.float64], right: NDArray[np.bool_]) -> list[Bin]:
    number = np.minimum((scores * _BINS).astype(int), _BINS - 1)
    return [
        Bin(
            at / _BINS,
            (at + 1) / _BINS,
            int((number == at).sum()),
            float(scores[number == at].mean()),
            float(right[number == at].mean()),
        )
        for at in np.unique(number).tolist()
    ]
