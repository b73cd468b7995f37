"""A file as the body of a request to the container."""

from __future__ import annotations

import json
from pathlib import Path

from penstock.errors import DataError, InputError, NotFoundError, did_you_mean
from penstock.tables.reading import JSON_LINES, PARQUET, SEPARATED, read_table

__all__ = ["body_of"]

CONTENT_TYPES = {
    ".csv": "text/csv",
    ".eml": "message/rfc822",
    ".json": "application/json",
    ".txt": "text/plain",
    **dict.fromkeys(JSON_LINES, "application/jsonlines"),
}
ENDINGS = tuple(dict.fromkeys((*CONTENT_TYPES, *SEPARATED, *PARQUET)))


def body_of(path: Path, where: str, separator: str | None = None) -> tuple[bytes, str]:
    """Return the body that a file is, and its content type.

    The suffix, in any case, says what it is. What the container does not read as it is (TSV,
    Parquet, a separator that was named) is sent as JSON Lines.

    Raises
    ------
    NotFoundError : there is no such file.
    InputError : its suffix is unknown.
    DataError : a table does not fit its header.
    """
    if not path.is_file():
        raise NotFoundError("there is no such file", where=where, hint="name a .eml or a .txt")
    suffix = path.suffix.lower()
    if suffix not in ENDINGS:
        hint = did_you_mean(suffix, ENDINGS)
        raise InputError(f"'{path.suffix}' is no known ending", where=where, hint=hint)
    if suffix in CONTENT_TYPES and separator is None:
        return path.read_bytes(), CONTENT_TYPES[suffix]
    return _lines(path, separator), "application/jsonlines"


def _lines(path: Path, separator: str | None) -> bytes:
    table = read_table(path, ("text",), separator)
    if table.problems:
        raise DataError(problems=table.problems)
    rows = zip(*table.columns.values(), strict=True)
    records = (dict(zip(table.columns, row, strict=True)) for row in rows)
    return "\n".join(json.dumps(record) for record in records).encode()
