"""Indicator matrices: ``y`` where a text may have several labels, or none."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from penstock.errors import DataError

__all__ = ["HINT", "dense", "encode", "rarest"]

HINT = "sklearn.preprocessing.MultiLabelBinarizer makes an indicator of lists of labels"


def dense(y: Any, where: str = "y") -> NDArray[Any] | None:
    """Return ``y`` as an array of shape (n_samples, n_labels) if it has two labels or more.

    None says that ``y`` is a list of labels, one for each text. A list of tuples is one: a
    tuple may be a label.
    """
    if hasattr(y, "toarray"):
        y = y.toarray()
    if isinstance(y, list | tuple) and y and all(isinstance(row, list | np.ndarray) for row in y):
        y = _of_rows(y, where)
    shape: tuple[int, ...] = getattr(y, "shape", ())
    if len(shape) != 2 or shape[1] < 2:
        return None
    return np.asarray(y.to_numpy() if hasattr(y, "to_numpy") else y)


def encode(
    y: Any, array: NDArray[Any], n_samples: int, where: str
) -> tuple[NDArray[Any], NDArray[np.float32]]:
    """Return the labels, shape (n_labels,), and 0.0 or 1.0 for each, (n_samples, n_labels).

    Raises
    ------
    DataError
        Lengths differ, something is neither 0 nor 1, no text has a label, or two columns
        have one name.
    """
    if len(array) != n_samples:
        raise DataError(f"{len(array)} rows of labels for {n_samples} texts", where=where)
    if not np.isin(array, (0, 1)).all():
        wrong = next(value for value in array.ravel().tolist() if value not in (0, 1))
        raise DataError(
            f"expected shape ({n_samples},), or an indicator of 0 and 1; got {array.shape} "
            f"with {wrong!r} in it",
            where=where,
            hint=HINT,
        )
    if not array.any():
        raise DataError("no text has a label", where=where)
    return _classes(y, array.shape[1], where), array.astype(np.float32)


def rarest(targets: NDArray[Any]) -> NDArray[np.int64]:
    """Return each text's rarest label, shape (n,); -1 where it has none."""
    counts = np.where(targets > 0, targets.sum(axis=0), np.inf)
    return np.where(targets.any(axis=1), counts.argmin(axis=1), -1)


def _of_rows(y: Any, where: str) -> NDArray[Any]:
    try:
        return np.asarray(y)
    except ValueError as error:
        raise DataError(
            "rows of labels have different lengths",
            where=where,
            hint=HINT,
        ) from error


def _classes(y: Any, n_labels: int, where: str) -> NDArray[Any]:
    if not hasattr(y, "columns"):
        return np.arange(n_labels)
    names = list(y.columns)
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise DataError(f"there are two columns {twice!r}", where=where)
    if all(isinstance(name, str) for name in names):
        return np.asarray(names)
    classes = np.empty(n_labels, object)
    classes[:] = names
    return classes
