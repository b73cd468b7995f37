"""The container's CSV: whether its first row is a header, and rows that fit it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain

from penstock.errors import DataError
from penstock.scoring.errors import RequestError
from penstock.tables import separated

__all__ = ["Sheet", "open_sheet"]

TEXT = "text"
Rows = Iterator[tuple[int, list[str]]]


@dataclass(frozen=True, slots=True)
class Sheet:
    """Column names, and an iterator over the rows, each with a value for every column."""

    columns: list[str]
    rows: Iterator[list[str]]


def open_sheet(lines: Iterator[str], header: bool | None = None) -> Sheet:
    """Parse lines of CSV.

    Parameters
    ----------
    lines : with their line ends.
    header : whether the first row names the columns. None: it does if one of its names is
        ``text``; a single column without that name is data, because SageMaker's batch
        transform sends single lines.

    Raises
    ------
    RequestError : 400 for invalid CSV, also while the rows are read; 422 for no row, two
        columns of one name, several columns without a header, a row of another width.
    """
    rows = _checked(_rows(lines, header))
    first = next(rows, None)
    if first is None:
        if header is False:
            return Sheet([TEXT], iter(()))
        raise _unprocessable("no header", None, "the first line names the columns")
    columns = [name.strip() for name in first[1]]
    if header is None:
        header = _is_header(columns)
    if not header:
        return Sheet([TEXT], _fitting(chain([first], rows), 1))
    if names := separated.twice(columns):
        raise _unprocessable(f"two columns have one name: '{names[0]}'", "data", "rename one")
    return Sheet(columns, _fitting(rows, len(columns)))


def _rows(lines: Iterator[str], header: bool | None) -> Rows:
    """Split lines by the separator found in the first line; default, a comma."""
    head, first = next(lines, ""), 1
    separator = separated.declared(head)
    if separator:
        head, first = next(lines, ""), 2
    elif header is not False:
        separator = separated.separator_of(head, [TEXT])
    below = next(lines, None)
    if separator != separated.COMMA and below is None and header is None and first == 1:
        # A single line, such as "text; thanks", is a text, not a header without rows.
        separator = separated.COMMA
    found = [head] if below is None else chain([head, below], lines)
    return separated.rows(found, separator or separated.COMMA, first)


def _is_header(columns: list[str]) -> bool:
    """Whether a first row names the columns; of several, one must be named ``text``."""
    if TEXT in columns or len(columns) == 1:
        return TEXT in columns
    hint = "name the column `text`; without a header, quote texts that contain a comma"
    raise _unprocessable(f"no column `text` among {', '.join(columns)}", "data", hint)


def _fitting(rows: Rows, width: int) -> Iterator[list[str]]:
    for number, (line, cells) in enumerate(rows):
        if len(cells) != width:
            want = f"want a row of {width} value{'s' if width > 1 else ''}"
            hint = "quote texts that contain a separator or a line break"
            what = f"{want}, line {line} has {len(cells)}"
            raise _unprocessable(what, f"data[{number}]", hint)
        yield cells


def _checked(rows: Rows) -> Rows:
    """Yield the rows; turn a `DataError` into a 400."""
    try:
        yield from rows
    except DataError as error:
        found = error.problems[0]
        raise RequestError(
            400, "malformed_body", found.what, where=found.where, hint=found.hint
        ) from None


def _unprocessable(what: str, where: str | None, hint: str) -> RequestError:
    return RequestError(422, "invalid_request", what, where=where, hint=hint)
