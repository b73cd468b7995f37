"""Calibration: one temperature that makes scores mean what they say."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar  # type: ignore[import-untyped]

from penstock.engines.scores import probabilities

__all__ = ["Calibration", "calibrate", "calibration_error", "fit_temperature", "softmax"]

_BOUNDS = (0.05, 20.0)
"""A temperature outside says that validation is too small or too clean to tell."""

_MINIMUM = 20
"""With fewer validation texts a temperature is noise; it stays at 1."""

_BINS = 15
"""Bins of the expected calibration error, as in Guo et al., 2017."""

softmax = probabilities


@dataclass(frozen=True, slots=True)
class Calibration:
    """What the temperature does on the validation texts.

    Attributes
    ----------
    temperature : logits are divided by it.
    ece_before, ece_after : expected calibration error without and with the temperature, from 0
        to 1. The temperature was fitted on these very texts; it is one number, so the second
        figure flatters little.
    n : validation texts.
    """

    temperature: float
    ece_before: float
    ece_after: float
    n: int


def calibrate(logits: NDArray[np.float32], targets: NDArray[Any]) -> Calibration:
    """Fit the temperature on n validation texts, n above 0, and say what it does.

    Parameters
    ----------
    logits : shape (n, n_classes).
    targets : class indices of shape (n,), or an indicator of shape (n, n_classes).
    """
    temperature = fit_temperature(logits, targets)
    return Calibration(
        temperature=temperature,
        ece_before=_error(logits, targets, 1.0),
        ece_after=_error(logits, targets, temperature),
        n=len(targets),
    )


def fit_temperature(logits: NDArray[np.float32], targets: NDArray[Any]) -> float:
    """Return the temperature with the least log loss on validation (Guo et al., 2017).

    1.0 where validation cannot tell: fewer than 20 texts, or all of them right.

    Parameters
    ----------
    logits : shape (n_samples, n_classes).
    targets : class indices of shape (n_samples,), or an indicator of shape
        (n_samples, n_classes).
    """
    multilabel = targets.ndim == 2
    right = (logits > 0) == targets if multilabel else logits.argmax(axis=1) == targets
    if len(targets) < _MINIMUM or right.all():
        return 1.0
    loss = _binary_loss if multilabel else _loss

    def at(log_temperature: float) -> float:
        return loss(logits.astype(np.float64) / np.exp(log_temperature), targets)

    bounds = (float(np.log(_BOUNDS[0])), float(np.log(_BOUNDS[1])))
    return float(np.exp(minimize_scalar(at, bounds=bounds, method="bounded").x))


def calibration_error(confidence: NDArray[Any], right: NDArray[np.bool_]) -> float:
    """Return the expected calibration error over 15 bins of equal width.

    Parameters
    ----------
    confidence : scores from 0 to 1, shape (n,), n above 0.
    right : whether what they were given to is true, shape (n,).
    """
    bins = np.minimum((confidence * _BINS).astype(int), _BINS - 1)
    gaps = np.bincount(bins, confidence - right, minlength=_BINS)
    return float(np.abs(gaps).sum() / len(confidence))


def _error(logits: NDArray[np.float32], targets: NDArray[Any], temperature: float) -> float:
    """Of the best class; of a multi-label model, of each label of each text."""
    if targets.ndim == 2:
        scores = probabilities(logits, temperature, multilabel=True)
        return calibration_error(scores.ravel(), targets.ravel() > 0)
    scores = probabilities(logits, temperature)
    return calibration_error(scores.max(axis=1), scores.argmax(axis=1) == targets)


def _loss(scaled: NDArray[np.float64], targets: NDArray[Any]) -> float:
    total = np.logaddexp.reduce(scaled, axis=1)
    return float(np.mean(total - scaled[np.arange(len(targets)), targets]))


def _binary_loss(scaled: NDArray[np.float64], targets: NDArray[Any]) -> float:
    return float(np.mean(np.logaddexp(0.0, scaled) - scaled * targets))
