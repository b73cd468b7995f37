"""Weights: how much each text, and each of its labels, counts in the loss."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from penstock.errors import DataError, did_you_mean
from penstock.modeling.labels import Labels

__all__ = ["class_weights", "sample_weights", "training_weights"]


def training_weights(
    sample_weight: Any, class_weight: Mapping[Any, float] | str | None, labels: Labels
) -> NDArray[np.float32]:
    """Return the product of both kinds, 1 in the mean.

    Shape (n,) or, multi-label, (n, n_classes); raises as `sample_weights` and `class_weights`.
    """
    samples = sample_weights(sample_weight, len(labels.targets))
    weights = class_weights(class_weight, labels)
    weights = (weights.T * samples).T
    normal: NDArray[np.float32] = weights / weights.mean()
    return normal


def sample_weights(sample_weight: Any, n_samples: int) -> NDArray[np.float32]:
    """Return the weights of the texts as an array; ones where none are given.

    Raises
    ------
    DataError
        They are not of shape (n_samples,), not finite, negative, or all 0.
    """
    if sample_weight is None:
        return np.ones(n_samples, np.float32)
    weights = np.array(sample_weight, np.float32)
    if weights.shape != (n_samples,):
        raise DataError(
            f"expected shape ({n_samples},), got {weights.shape}", where="sample_weight"
        )
    if not np.isfinite(weights).all() or (weights < 0).any():
        raise DataError("weights must be finite and not negative", where="sample_weight")
    if not weights.any():
        raise DataError(
            "Sample weights must contain at least one non-zero number", where="sample_weight"
        )
    return weights


def class_weights(
    class_weight: Mapping[Any, float] | str | None, labels: Labels
) -> NDArray[np.float32]:
    """Return the weight of each text, (n,); multi-label, of each of its labels, (n, n_classes).

    ``"balanced"`` is ``n_samples / (n_classes * count)``, as in scikit-learn; for a
    multi-label model, where each label is a question of its own, its two answers are
    balanced. A mapping gives the weight of a label, in a multi-label model that of the texts
    that have it.
    """
    targets = labels.targets
    if class_weight is None:
        return np.ones(targets.shape, np.float32)
    if isinstance(class_weight, str):
        _check_choice(class_weight)
        return _balanced(labels)
    weights = _given(class_weight, labels.classes)
    if labels.multilabel:
        return np.where(targets > 0, weights, 1.0).astype(np.float32)
    return np.asarray(weights[targets], np.float32)


def _balanced(labels: Labels) -> NDArray[np.float32]:
    targets, answers = labels.targets, len(labels.classes)
    if labels.multilabel:
        have, answers = targets.sum(axis=0), 2
        counts = np.where(targets > 0, have, len(targets) - have)
    else:
        counts = np.bincount(targets, minlength=answers)[targets]
    return np.asarray(len(targets) / (answers * counts), np.float32)


def _given(class_weight: Mapping[Any, float], classes: NDArray[Any]) -> NDArray[Any]:
    known = classes.tolist()
    unknown = [label for label in class_weight if label not in set(known)]
    if unknown:
        raise DataError(
            f"{unknown[0]!r} is not a class",
            where="class_weight",
            hint=did_you_mean(str(unknown[0]), map(str, known)),
        )
    return np.asarray([class_weight.get(label, 1.0) for label in known], np.float32)


def _check_choice(class_weight: str) -> None:
    if class_weight != "balanced":
        raise DataError(
            f"unknown choice {class_weight!r}",
            where="class_weight",
            hint="use 'balanced', a mapping from label to weight, or None",
        )
