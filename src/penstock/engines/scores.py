"""Scores: logits made into probabilities, and into how far a text is out of scope."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from penstock.engines.base import Float32

__all__ = ["Scores", "out_of_scope", "probabilities"]


@dataclass(frozen=True, slots=True)
class Scores:
    """What a model says of n texts.

    Attributes
    ----------
    probabilities : calibrated, shape (n, n_classes). Rows add up to 1, but those of a
        multi-label model, whose labels are independent.
    out_of_scope : shape (n,); the higher, the less the text is like those trained on.
    truncated : texts that were not read whole, shape (n,).
    """

    probabilities: Float32
    out_of_scope: Float32
    truncated: NDArray[np.bool_]

    @classmethod
    def of(
        cls,
        logits: Float32,
        truncated: NDArray[np.bool_],
        temperature: float = 1.0,
        multilabel: bool = False,
    ) -> Scores:
        """Read the logits of n texts, shape (n, n_classes)."""
        return cls(
            probabilities(logits, temperature, multilabel),
            out_of_scope(logits, temperature, multilabel),
            truncated,
        )


def probabilities(logits: Float32, temperature: float = 1.0, multilabel: bool = False) -> Float32:
    """Return the softmax of ``logits / temperature``, or the sigmoid where ``multilabel``.

    Shape (n, n_classes), as that of the logits.
    """
    scaled = logits.astype(np.float64) / temperature
    if multilabel:
        return _float32(np.exp(-np.logaddexp(0.0, -scaled)))
    powers = np.exp(scaled - scaled.max(axis=-1, keepdims=True, initial=-np.inf))
    return _float32(powers / powers.sum(axis=-1, keepdims=True))


def out_of_scope(logits: Float32, temperature: float = 1.0, multilabel: bool = False) -> Float32:
    """Return the energy of each text, shape (n,); the higher, the more out of scope.

    ``-logsumexp(logits / temperature)`` as in Liu et al., 2020 ("Energy-based
    out-of-distribution detection"); for a multi-label model the sum of its labels' energies,
    as in Wang et al., 2021 ("Can multi-label classification networks know what they don't
    know?").
    """
    scaled = logits.astype(np.float64) / temperature
    if multilabel:
        return _float32(-np.logaddexp(0.0, scaled).sum(axis=-1))
    return _float32(-np.logaddexp.reduce(scaled, axis=-1))


def _float32(values: Any) -> Float32:
    result: Float32 = values.astype(np.float32)
    return result
