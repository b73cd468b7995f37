"""Reading a file of texts, whatever its kind: separated values, JSON Lines, Parquet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from penstock.errors import DataError, InputError, NotFoundError
from penstock.tables import jsonlines, separated, sheet
from penstock.tables.encoding import decoded
from penstock.tables.table import Table

__all__ = ["SUFFIXES", "read_table"]

SEPARATED = {".csv": separated.COMMA, ".tsv": separated.TAB, ".tab": separated.TAB}
JSON_LINES = (".jsonl", ".jsonlines", ".ndjson")
PARQUET = (".parquet", ".pq")
SUFFIXES = (*SEPARATED, *JSON_LINES, *PARQUET)
"""In lower case; a file of another suffix is read as CSV."""

ZIP, PARQUET_START = b"PK\x03\x04", b"PAR1"
SPELLED = {"comma": ",", "semicolon": ";", "tab": "\t", "\\t": "\t", "bar": "|"}


def read_table(path: Path, wanted: Sequence[str], separator: str | None = None) -> Table:
    """Read a file of any kind that Penstock reads.

    Parameters
    ----------
    path : its suffix, in any case, says what it is: one of `SUFFIXES`.
    wanted : columns that have to be in it, by which the separator is found.
    separator : of separated values: one character, or a name such as ``tab``; default, what
        the first line tells: ``sep=;``, or the one that makes the wanted columns of it.

    Raises
    ------
    NotFoundError : there is no such file.
    DataError : it is not what its name says, or two columns have one name.
    InputError : `separator` is none, or the file has no use for one.
    """
    suffix = path.suffix.lower()
    if not path.is_file():
        raise NotFoundError("there is no such file", where=str(path), hint="name a CSV file")
    if suffix in (*JSON_LINES, *PARQUET):
        _refuse_separator(separator, path)
    if suffix in PARQUET:
        from penstock.tables import parquet  # pyarrow is slow to import, and seldom wanted

        return parquet.read(path)
    raw = path.read_bytes()
    _refuse_archives(raw, path)
    text, encoding = decoded(raw, str(path))
    if suffix in JSON_LINES:
        table = jsonlines.read(text, str(path))
    else:
        usual = SEPARATED.get(suffix, separated.COMMA)
        table = sheet.read(text, str(path), wanted, usual, _checked(separator))
    return (
        table
        if encoding == "UTF-8"
        else replace(table, notes=(f"encoded in {encoding}", *table.notes))
    )


def _refuse_separator(separator: str | None, path: Path) -> None:
    if separator is not None:
        raise InputError("has no separator", where=str(path), hint="leave --separator out")


def _refuse_archives(raw: bytes, path: Path) -> None:
    if raw.startswith(ZIP):
        hint = "save the sheet as CSV in UTF-8"
        raise DataError("is a spreadsheet or an archive", where=str(path), hint=hint)
    if raw.startswith(PARQUET_START):
        raise DataError("is a Parquet file", where=str(path), hint="name it .parquet")


def _checked(separator: str | None) -> str | None:
    """Return the one character that is given as such or by name."""
    if separator is None:
        return None
    chosen = SPELLED.get(separator.lower(), separator)
    if len(chosen) != 1 or chosen in '"\r\n':
        hint = f"give one character such as ';', or one of {', '.join(SPELLED)}"
        raise InputError(f"{separator!r} is no separator", where="--separator", hint=hint)
    return chosen
