"""Texts: what a user may hand over as ``X``, made into a list of ``str``."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from penstock.errors import DataError

__all__ = ["as_texts", "refuse_empty_texts"]

_SHOWN = 5


def as_texts(X: Any, where: str = "X") -> list[str]:  # noqa: N803
    """Return the texts as a list of ``str``, each exactly as given.

    Parameters
    ----------
    X : list, tuple, pandas Series, array of shape (n_samples,) or (n_samples, 1), or a
        data frame of one column. An empty one is fine.

    Raises
    ------
    DataError
        ``X`` is one string, has several columns, or holds something that is not text.
    """
    if isinstance(X, str | bytes):
        raise DataError(
            f"got one {type(X).__name__}, not a list of texts", where=where, hint="wrap it: [text]"
        )
    items = _flat(X, where)
    wrong = [index for index, item in enumerate(items) if not isinstance(item, str)]
    if wrong:
        raise _not_text(items, wrong, where)
    return [str(item) for item in items]


def refuse_empty_texts(texts: Sequence[str], where: str = "X") -> None:
    """Raise DataError when a text to learn from has nothing in it but white space."""
    empty = [index for index, text in enumerate(texts) if not text.strip()]
    if empty:
        raise DataError(
            f"{len(empty)} of {len(texts)} texts are empty, at {_listed(empty)}",
            where=where,
            hint="drop them before fit",
        )


def _flat(X: Any, where: str) -> list[Any]:  # noqa: N803
    if hasattr(X, "to_numpy"):
        X = X.to_numpy()  # noqa: N806
    if isinstance(X, np.ndarray):
        return _flat_array(X, where)
    if not isinstance(X, Iterable) or isinstance(X, dict):
        raise DataError(
            f"got {type(X).__name__}, not a list of texts",
            where=where,
            hint="give a list, a numpy array or a pandas Series of str",
        )
    return list(X)


def _flat_array(array: np.ndarray[Any, Any], where: str) -> list[Any]:
    if array.ndim == 1 or (array.ndim == 2 and array.shape[1] == 1):
        return list(array.ravel())
    raise DataError(
        f"expected shape (n_samples,) or (n_samples, 1), got {array.shape}",
        where=where,
        hint="select the column that holds the text",
    )


def _not_text(items: Sequence[Any], wrong: Sequence[int], where: str) -> DataError:
    first = items[wrong[0]]
    return DataError(
        f"{len(wrong)} of {len(items)} items are not text; item {wrong[0]} is "
        f"{type(first).__name__} {str(first)[:40]!r} (all: {_listed(wrong)})",
        where=where,
        hint="drop missing values and convert the others with str()",
    )


def _listed(indices: Sequence[int]) -> str:
    shown = ", ".join(str(index) for index in indices[:_SHOWN])
    return shown + (", ..." if len(indices) > _SHOWN else "")
