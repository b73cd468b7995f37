"""Thresholds: from which score on a label is given, and a text is out of scope."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from penstock.errors import InputError

__all__ = ["at_coverage", "at_recall", "label_thresholds"]

_DEFAULT = 0.5

_MINIMUM = 5
"""With fewer validation texts that have a label, or that lack it, the best F1 is luck."""


def label_thresholds(scores: NDArray[Any], targets: NDArray[Any]) -> NDArray[np.float64]:
    """Return for each label the threshold of the best F1, shape (n_labels,).

    0.5 for a label that fewer than 5 of the texts have, or lack.

    Parameters
    ----------
    scores : probabilities of shape (n_samples, n_labels).
    targets : indicator of the same shape.
    """
    pairs = zip(scores.T.astype(np.float64), targets.T > 0, strict=True)
    return np.array([_best(column, have) for column, have in pairs])


def _best(scores: NDArray[np.float64], have: NDArray[np.bool_]) -> float:
    """Try a threshold between each two neighbours among the scores."""
    if not _MINIMUM <= have.sum() <= len(have) - _MINIMUM:
        return _DEFAULT
    order = np.argsort(-scores, kind="stable")
    ranked = np.append(scores[order], 0.0)
    given = np.arange(1, len(scores) + 1)
    f1 = 2 * np.cumsum(have[order]) / (given + have.sum())
    f1[ranked[:-1] == ranked[1:]] = -1.0  # equal scores cannot be told apart
    best = int(f1.argmax())
    return float((ranked[best] + ranked[best + 1]) / 2)


def at_coverage(scores: NDArray[Any], coverage: float) -> float:
    """Return the out-of-scope score that at least ``coverage`` of in-scope texts keep within.

    Parameters
    ----------
    scores : of texts in scope, shape (n,).
    coverage : share of them that is still to be answered, above 0, at most 1.

    Raises
    ------
    InputError
        The share is out of its range, or there is no text.
    """
    _check(scores, coverage, "coverage", "X_in")
    return float(np.quantile(scores, coverage, method="higher"))


def at_recall(scores: NDArray[Any], recall: float) -> float:
    """Return the highest threshold that at least ``recall`` of out-of-scope texts are above.

    Parameters
    ----------
    scores : of texts out of scope, shape (n,).
    recall : share of them that is to be found, above 0, at most 1.

    Raises
    ------
    InputError
        The share is out of its range, or there is no text.
    """
    _check(scores, recall, "recall", "X_out")
    last = np.sort(scores)[::-1][int(np.ceil(recall * len(scores))) - 1]
    # In 32 bits as the scores are: numpy compares them in 32 bits too.
    return float(np.nextafter(np.float32(last), np.float32(-np.inf)))


def _check(scores: NDArray[Any], share: float, name: str, texts: str) -> None:
    if not 0 < share <= 1:
        raise InputError(f"{share!r} is not above 0 and at most 1", where=name)
    if not len(scores):
        raise InputError("there are no texts", where=texts)
