"""Calibration: one temperature that makes scores mean what they say."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar  # type: ignore[import-untyped]

__all__ = ["fit_temperature", "softmax"]

_BOUNDS = (0.05, 20.0)
"""A temperature outside says that validation is too small or too clean to tell."""

_MINIMUM = 20
"""With fewer validation texts a temperature is noise; it stays at 1."""


def softmax(logits: NDArray[np.float32], temperature: float = 1.0) -> NDArray[np.float32]:
    """Return ``exp(logits / temperature)`` normalised over the last axis, same shape."""
    scaled = logits.astype(np.float64) / temperature
    powers = np.exp(scaled - scaled.max(axis=-1, keepdims=True, initial=-np.inf))
    shares: NDArray[np.float32] = powers / powers.sum(axis=-1, keepdims=True)
    return shares.astype(np.float32)


def fit_temperature(logits: NDArray[np.float32], targets: NDArray[np.int64]) -> float:
    """Return the temperature with the least log loss on validation (Guo et al., 2017).

    Parameters
    ----------
    logits : shape (n_samples, n_classes).
    targets : class indices of shape (n_samples,).
    """
    if len(targets) < _MINIMUM or np.all(logits.argmax(axis=1) == targets):
        return 1.0
    rows = np.arange(len(targets))

    def loss(log_temperature: float) -> float:
        scaled = logits.astype(np.float64) / np.exp(log_temperature)
        top = scaled.max(axis=1, keepdims=True)
        total = np.log(np.exp(scaled - top).sum(axis=1)) + top[:, 0]
        return float(np.mean(total - scaled[rows, targets]))

    bounds = (float(np.log(_BOUNDS[0])), float(np.log(_BOUNDS[1])))
    return float(np.exp(minimize_scalar(loss, bounds=bounds, method="bounded").x))
