"""MLflow's check of a model's input, told which column holds the texts.

A signature can name a column, and then MLflow refuses a list, an array, a Series and a frame
whose only column is called something else; or it leaves the name out, and then MLflow takes the
first column of a frame and drops the others before the model sees them. Ours names ``text``, and
MLflow's check is given a frame that has it.
"""

from __future__ import annotations

import functools
from typing import Any

import mlflow.pyfunc
from mlflow.types import ColSpec, DataType, Schema

from penstock.flavor.layout import MODULE
from penstock.flavor.texts import TEXT, as_frame

__all__ = ["INPUTS", "name_the_column"]

INPUTS = Schema([ColSpec(DataType.string, TEXT)])
"""What the signature says of the input."""

_OWN = (INPUTS, Schema([ColSpec(DataType.string)]))
"""That, and what an older Penstock wrote."""

_PYFUNC: Any = mlflow.pyfunc
"""Its check is not exported."""


def name_the_column() -> None:
    """Have MLflow's check read the input of our models as our models read it.

    Other flavors, and a signature of the user's own, are checked as before.
    """
    check = _PYFUNC._enforce_schema
    if getattr(check, "names_the_column", False):
        return

    @functools.wraps(check)
    def enforce(pf_input: Any, input_schema: Schema, flavor: str | None = None) -> Any:
        if flavor == MODULE and input_schema in _OWN:
            pf_input = as_frame(pf_input)
        return check(pf_input, input_schema, flavor)

    enforce.names_the_column = True  # type: ignore[attr-defined]
    _PYFUNC._enforce_schema = enforce
