"""Labels: what a user may hand over as ``y``, made into classes and indices."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from penstock.errors import DataError

__all__ = ["class_weights", "encode", "holdout"]


def encode(y: Any, n_samples: int, where: str = "y") -> tuple[NDArray[Any], NDArray[np.int64]]:
    """Return the sorted classes and, for each sample, the index of its class.

    Parameters
    ----------
    y : labels of shape (n_samples,) or (n_samples, 1), of any one sortable type.
    n_samples : how many texts there are.

    Returns
    -------
    classes of shape (n_classes,), indices of shape (n_samples,).

    Raises
    ------
    DataError
        Lengths differ, a label is missing, labels do not sort, look like a regression
        target, or are all the same.
    """
    labels = _column(y, where)
    if len(labels) != n_samples:
        raise DataError(f"{len(labels)} labels for {n_samples} texts", where=where)
    _refuse_missing(labels, where)
    classes, indices = _unique(labels, where)
    if len(classes) < 2:
        seen = f"one class, {classes[0]!s}" if len(classes) else "no label"
        raise DataError(
            f"there is only {seen}", where=where, hint="a classifier needs at least two classes"
        )
    return classes, indices.astype(np.int64)


def class_weights(
    class_weight: Mapping[Any, float] | str | None,
    classes: NDArray[Any],
    indices: NDArray[np.int64],
) -> NDArray[np.float32]:
    """Return a weight for each class, shape (n_classes,); ones when there is no choice.

    ``"balanced"`` is ``n_samples / (n_classes * count)``, as in scikit-learn.
    """
    if class_weight is None:
        return np.ones(len(classes), np.float32)
    if isinstance(class_weight, str):
        if class_weight != "balanced":
            raise DataError(
                f"unknown choice {class_weight!r}",
                where="class_weight",
                hint="use 'balanced', a mapping from label to weight, or None",
            )
        counts = np.bincount(indices, minlength=len(classes))
        return (len(indices) / (len(classes) * np.maximum(counts, 1))).astype(np.float32)
    unknown = [label for label in class_weight if label not in set(classes.tolist())]
    if unknown:
        raise DataError(
            f"{unknown[0]!r} is not a class",
            where="class_weight",
            hint=f"known: {classes.tolist()}",
        )
    weights = [class_weight.get(label, 1.0) for label in classes.tolist()]
    return np.asarray(weights, np.float32)


def holdout(
    indices: NDArray[np.int64], share: float, rng: np.random.Generator
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Split samples into those to learn from and those to validate on, class by class.

    Each class gives ``share`` of its samples as nearly as whole numbers allow and
    keeps at least one to learn from. Both parts come back in ascending order.
    """
    order = rng.permutation(len(indices))
    order = order[np.argsort(indices[order], kind="stable")]
    keep = np.ones(len(order), bool)
    owed = 0.0
    for members in np.split(np.arange(len(order)), np.flatnonzero(np.diff(indices[order])) + 1):
        owed += share * len(members)
        take = min(round(owed), len(members) - 1)
        keep[members[:take]] = False
        owed -= take
    return np.sort(order[keep]), np.sort(order[~keep])


def _column(y: Any, where: str) -> NDArray[Any]:
    if y is None or isinstance(y, str | bytes):
        raise DataError(f"got {type(y).__name__}, not a list of labels", where=where)
    labels = np.asarray(y.to_numpy() if hasattr(y, "to_numpy") else _array(y, where))
    if labels.ndim == 2 and labels.shape[1] == 1:
        labels = labels.ravel()
    if labels.ndim != 1:
        raise DataError(
            f"expected shape (n_samples,), got {labels.shape}",
            where=where,
            hint="several labels for a text are not supported; give one",
        )
    return labels


def _array(y: Any, where: str) -> NDArray[Any]:
    """Make an array of a list without letting numpy turn ``[1, "a"]`` into text."""
    if isinstance(y, np.ndarray):
        return y
    try:
        items = list(y)
        types = {type(item) for item in items}
        if len(types) == 1 and types <= {str, int, float, bool}:
            return np.asarray(items)
        array = np.asarray(items)
        if array.ndim > 1 and types != {tuple}:
            return array
    except (TypeError, ValueError) as error:
        raise DataError(f"these are not labels: {error}", where=where) from error
    boxed = np.empty(len(items), object)
    boxed[:] = items
    return boxed


def _refuse_missing(labels: NDArray[Any], where: str) -> None:
    missing = [index for index, label in enumerate(labels.tolist()) if _is_missing(label)]
    if missing:
        raise DataError(
            f"{len(missing)} of {len(labels)} labels are missing, the first at {missing[0]}",
            where=where,
            hint="drop the texts that have no label",
        )


def _is_missing(label: Any) -> bool:
    if label is None or (isinstance(label, float) and math.isnan(label)):
        return True
    return type(label).__name__ in ("NAType", "NaTType")


def _unique(labels: NDArray[Any], where: str) -> tuple[NDArray[Any], NDArray[Any]]:
    try:
        classes, indices = np.unique(labels, return_inverse=True)
    except TypeError as error:
        types = sorted({type(label).__name__ for label in labels.tolist()})
        raise DataError(
            f"labels of types {', '.join(types)} do not sort", where=where, hint="use one type"
        ) from error
    if classes.dtype.kind == "f" and not np.all(classes == np.floor(classes)):
        raise DataError(
            f"labels are continuous numbers such as {classes[0]}",
            where=where,
            hint="this is a classifier; use whole numbers or text",
        )
    return classes, indices
