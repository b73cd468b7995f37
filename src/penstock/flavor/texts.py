"""Model input: whatever MLflow hands over, made into a list of texts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from penstock.modeling.texts import as_texts

__all__ = ["read_texts"]


def read_texts(model_input: Any) -> list[str]:
    """Return the texts of a list, array, Series, frame or dict, each exactly as given.

    Raises DataError where something is not text, or a frame has several columns and none is
    called ``text``.
    """
    if isinstance(model_input, Mapping):
        model_input = pd.DataFrame({key: _listed(value) for key, value in model_input.items()})
    if isinstance(model_input, pd.DataFrame):
        if model_input.shape[1] > 1 and "text" in model_input.columns:
            model_input = model_input["text"]
        elif model_input.shape[1] == 0:
            model_input = []
        else:
            model_input = _exploded(model_input)
    return as_texts(_listed(model_input), where="model_input")


def _exploded(frame: pd.DataFrame) -> pd.DataFrame:
    """Undo MLflow's reading of ``{"text": [...]}``: one row whose only cell is the list."""
    if frame.shape == (1, 1) and isinstance(frame.iat[0, 0], list):
        return pd.DataFrame({"text": pd.Series(frame.iat[0, 0], dtype=object)})
    return frame


def _listed(value: Any) -> Any:
    return [value] if isinstance(value, str) else value
