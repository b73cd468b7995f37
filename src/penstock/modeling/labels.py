"""Labels: what a user may hand over as ``y``, made into classes and indices."""

from __future__ import annotations

import math
import warnings
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray
from sklearn.exceptions import DataConversionWarning

from penstock.errors import DataError
from penstock.modeling import indicator

__all__ = ["Labels", "Targets", "encode", "holdout"]

Targets: TypeAlias = NDArray[Any]
"""Class indices, int64 of shape (n,); or the indicator, float32 of shape (n, n_classes)."""

_COLUMN = (
    "A column-vector y was passed when a 1d array was expected; it is read as one label for "
    "each text. Use ravel()."
)


@dataclass(frozen=True, slots=True)
class Labels:
    """The labels of n texts as numbers.

    Attributes
    ----------
    classes : the labels there are, shape (n_classes,); sorted, but for a multi-label data
        frame, where they are the columns in their order.
    targets : index of each text's class, shape (n,); multi-label, 1.0 where a text has the
        label and 0.0 where not, shape (n, n_classes).
    """

    classes: NDArray[Any]
    targets: Targets

    @property
    def multilabel(self) -> bool:
        """Whether a text may have several labels, or none."""
        return self.targets.ndim == 2


def encode(y: Any, n_samples: int, where: str = "y") -> Labels:
    """Make numbers of labels.

    Parameters
    ----------
    y : labels of shape (n_samples,) or (n_samples, 1), of any one sortable type; or, with
        several labels for a text, an indicator of 0 and 1 of shape (n_samples, n_classes):
        a numpy array, nested lists, a scipy sparse matrix or a data frame, whose columns name
        the labels.
    n_samples : how many texts there are.

    Raises
    ------
    DataError
        Lengths differ, a label is missing, labels do not sort, look like a regression
        target, or are all the same; an indicator holds something else than 0 and 1.
    """
    array = indicator.dense(y, where)
    if array is not None:
        return Labels(*indicator.encode(y, array, n_samples, where))
    labels = _column(y, where)
    if len(labels) != n_samples:
        raise DataError(f"{len(labels)} labels for {n_samples} texts", where=where)
    _refuse_missing(labels, where)
    _refuse_collections(labels, where)
    classes, indices = _unique(labels, where)
    if len(classes) < 2:
        seen = f"one class, {classes[0]!s}" if len(classes) else "no label"
        raise DataError(
            f"there is only {seen}", where=where, hint="a classifier needs at least two classes"
        )
    return Labels(classes, indices.astype(np.int64))


def holdout(
    targets: Targets, share: float, rng: np.random.Generator
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Split samples into those to learn from and those to validate on, class by class.

    Each class gives ``share`` of its samples as nearly as whole numbers allow and
    keeps at least one to learn from. Both parts come back in ascending order. A text of
    several labels counts for its rarest, one of none for none.
    """
    indices = indicator.rarest(targets) if targets.ndim == 2 else targets
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
    if y is None:
        raise DataError("requires y to be passed, but the target y is None", where=where)
    if isinstance(y, str | bytes):
        raise DataError(f"got {type(y).__name__}, not a list of labels", where=where)
    labels = np.asarray(y.to_numpy() if hasattr(y, "to_numpy") else _array(y, where))
    if labels.ndim == 2 and labels.shape[1] == 1:
        warnings.warn(_COLUMN, DataConversionWarning, stacklevel=4)
        labels = labels.ravel()
    if labels.ndim != 1:
        raise DataError(
            f"expected shape (n_samples,), got {labels.shape}",
            where=where,
            hint="give one label for each text, or an indicator matrix of 0 and 1",
        )
    return labels


def _array(y: Any, where: str) -> NDArray[Any]:
    """Make an array of a list without letting numpy turn ``[1, "a"]`` into text."""
    if hasattr(y, "__array__"):
        return np.asarray(y)
    try:
        items = list(y)
        types = {type(item) for item in items}
        if len(types) == 1 and _is_plain(*types):
            return np.asarray(items)
        array = np.asarray(items)
        if array.ndim > 1 and types != {tuple}:
            return array
    except (TypeError, ValueError) as error:
        raise DataError(f"these are not labels: {error}", where=where) from error
    boxed = np.empty(len(items), object)
    boxed[:] = items
    return boxed


def _is_plain(kind: type) -> bool:
    """Whether numpy keeps such labels as they are; of an IntEnum it would make numbers."""
    return kind in (str, int, float, bool) or issubclass(kind, np.generic)


def _refuse_missing(labels: NDArray[Any], where: str) -> None:
    if labels.dtype.kind in "mM":
        missing = np.flatnonzero(np.isnat(labels)).tolist()
    else:
        missing = [row for row, label in enumerate(labels.tolist()) if _is_missing(label)]
    if missing:
        raise DataError(
            f"{len(missing)} of {len(labels)} labels are missing, the first at {missing[0]}",
            where=where,
            hint="drop the texts that have no label",
        )


def _refuse_collections(labels: NDArray[Any], where: str) -> None:
    """Refuse sets and lists: sets do not sort though they compare, lists do not hash."""
    kinds = (set, frozenset, list, dict, np.ndarray)
    found = next((label for label in labels.tolist() if isinstance(label, kinds)), None)
    if labels.dtype == object and found is not None:
        raise DataError(
            f"{type(found).__name__} {str(found)[:40]} is no label",
            where=where,
            hint=indicator.HINT,
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
