"""Parquet as a table."""

from __future__ import annotations

from pathlib import Path

import pyarrow
import pyarrow.parquet

from penstock.errors import DataError
from penstock.tables.jsonlines import spelled
from penstock.tables.separated import twice
from penstock.tables.table import Table

__all__ = ["read"]


def read(path: Path) -> Table:
    """Return the table of a Parquet file; what is null is an empty text.

    Raises
    ------
    DataError : it is none, or two columns have one name.
    """
    try:
        found = pyarrow.parquet.ParquetFile(path).read()
    except (pyarrow.ArrowException, OSError) as error:
        raise DataError(f"is no Parquet: {error}", where=str(path)) from None
    if names := twice(found.column_names):
        what = f"two columns have one name: '{names[0]}'"
        raise DataError(what, where=str(path), hint="rename one")
    columns = {
        name: [spelled(value) for value in column.to_pylist()]
        for name, column in zip(found.column_names, found.columns, strict=True)
    }
    return Table(str(path), columns, list(range(1, found.num_rows + 1)), unit="row")
