"""Separated values: CSV and its kin. Standard library only, for the container reads them too.

What does not fit is an error with its line; nothing is cut, moved or made up.
"""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from penstock.errors import DataError

__all__ = [
    "COMMA",
    "NAMES",
    "TAB",
    "declared",
    "rows",
    "separator_of",
    "twice",
    "widest",
]

COMMA, TAB = ",", "\t"
NAMES = {COMMA: "commas", ";": "semicolons", TAB: "tabs", "|": "bars"}
# A mail with its thread can be long; csv's own limit of 128 KiB is too small for one.
csv.field_size_limit(16 * 1024 * 1024)


def declared(line: str) -> str | None:
    """Return the separator that a first line such as ``sep=;`` names, as Excel writes it."""
    bare = line.rstrip("\r\n")
    return bare[4] if len(bare) == 5 and bare[:4].lower() == "sep=" else None


def separator_of(start: str, wanted: Sequence[str], usual: str = COMMA) -> str | None:
    """Return the separator with which the first row has all wanted columns, if there is one.

    Parameters
    ----------
    start : the first lines.
    wanted : names of columns.
    usual : the separator that is tried first.
    """
    return next((s for s in _tried(usual) if set(wanted) <= set(_first_row(start, s))), None)


def widest(start: str, usual: str = COMMA) -> str:
    """Return the separator that cuts the first row into the most columns."""
    return max(_tried(usual), key=lambda separator: len(_first_row(start, separator)))


def _first_row(start: str, separator: str) -> list[str]:
    """Return the first row's cells without the blanks around them; none where there is no row."""
    reader = csv.reader(io.StringIO(start, newline=""), delimiter=separator)
    try:
        return [cell.strip() for cell in next(filter(None, reader), [])]
    except csv.Error:
        return []


def rows(
    lines: Iterable[str], separator: str = COMMA, first: int = 1
) -> Iterator[tuple[int, list[str]]]:
    """Yield the line on which each row begins, and its cells; empty lines are left out.

    Parameters
    ----------
    lines : with their ends.
    first : the number of the first of them.

    Raises
    ------
    DataError : quotes that do not fit, with the line on which the row begins.
    """
    reader = csv.reader(lines, delimiter=separator, strict=True)
    while True:
        line = reader.line_num + first
        try:
            cells = next(reader, None)
        except csv.Error as error:
            hint = "a text with quotes in it is quoted, and they are doubled"
            raise DataError(f"is no CSV: {error}", where=f"line {line}", hint=hint) from None
        if cells is None:
            return
        if cells:
            yield line, cells


def twice(names: Iterable[str]) -> list[str]:
    """Return the names that more than one column has; a column without a name is nobody's."""
    return [name for name, count in Counter(names).items() if name and count > 1]


def _tried(usual: str) -> list[str]:
    return list(dict.fromkeys((usual, *NAMES)))
