"""Model input: whatever MLflow hands over, made into a list of texts."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from penstock.errors import DataError
from penstock.modeling.texts import as_texts

__all__ = ["TEXT", "as_frame", "read_texts"]

TEXT = "text"
"""The column that is scored where there are several."""

_WHERE = "model_input"


def read_texts(model_input: Any) -> list[str]:
    """Return the texts of a list, array, Series, frame, dict or rows, each exactly as given.

    Of several columns the one called ``text`` is read.

    Raises DataError where something is not text, or there are several columns and not one of
    them is called ``text``; it names them.
    """
    return as_texts(_listed(_column(model_input)), where=_WHERE)


def as_frame(model_input: Any) -> Any:
    """Return what `read_texts` takes as a frame whose only column is ``text``.

    What pandas makes no frame of is returned as it is. An empty list has no column. Raises
    DataError as `read_texts` does for columns.
    """
    if not isinstance(
        model_input, str | Sequence | np.ndarray | pd.Series | pd.DataFrame | Mapping
    ):
        return model_input
    column = _column(model_input)
    if column is model_input:
        frame = pd.DataFrame([column] if isinstance(column, str) else column)
        return frame.set_axis([TEXT], axis=1) if frame.shape[1] == 1 else frame
    return pd.Series(_listed(column), dtype=object).to_frame(TEXT)


def _column(model_input: Any) -> Any:
    """Return the column of texts of a table; what is no table is returned as it is."""
    if isinstance(model_input, Mapping):
        return model_input[_chosen(list(model_input))] if model_input else []
    frame = _table(model_input)
    if frame is None:
        return model_input
    if frame.shape == (0, 0):
        return []
    column = frame[_chosen(list(frame.columns))]
    # MLflow reads ``{"text": [...]}`` as one row whose only cell is the list.
    return column.iat[0] if frame.shape == (1, 1) and isinstance(column.iat[0], list) else column


def _table(model_input: Any) -> pd.DataFrame | None:
    """Return a frame, a two-dimensional array or a list of rows as a frame."""
    if isinstance(model_input, pd.DataFrame):
        return model_input
    flat = not isinstance(model_input, list) or not any(
        isinstance(item, Mapping | list | tuple) for item in model_input
    )
    if flat and getattr(model_input, "ndim", 1) != 2:
        return None
    return pd.DataFrame([_row(item) for item in model_input])


def _row(item: Any) -> Any:
    """Return a row as it is; MLflow's server makes an array of each text whose column is not
    in the signature.
    """
    return {key: _scalar(v) for key, v in item.items()} if isinstance(item, Mapping) else item


def _scalar(value: Any) -> Any:
    return value.item() if getattr(value, "ndim", 1) == 0 else value


def _chosen(names: Sequence[Hashable]) -> Hashable:
    """Return the name of the column that is scored."""
    if len(names) == 1:
        return names[0]
    if list(names).count(TEXT) == 1:
        return TEXT
    raise DataError(
        f"the columns are {', '.join(map(repr, names)) or 'none'}, and not one is called {TEXT!r}",
        where=_WHERE,
        hint=f"call the column of texts {TEXT!r}, or give it alone",
    )


def _listed(value: Any) -> Any:
    value = _scalar(value)
    return [value] if isinstance(value, str) else value
