"""A file of separated values as a table: its header, and rows that fit it."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from penstock.errors import DataError, Problem
from penstock.tables import separated
from penstock.tables.table import Table, places

__all__ = ["read"]

START = 2**16
"""Characters of the file by which its separator is found."""


def read(
    text: str,
    where: str,
    wanted: Sequence[str],
    usual: str = separated.COMMA,
    separator: str | None = None,
) -> Table:
    """Return the table of a file of separated values.

    Parameters
    ----------
    text : all of the file.
    where : it is, for messages.
    wanted : columns by which the separator is found.
    usual : the separator that the file's name says.
    separator : the one that a person named.

    Raises
    ------
    DataError : two columns have one name, or quotes do not fit.
    """
    head, _, rest = text.partition("\n")
    named = separated.declared(head)
    text, first = (rest, 2) if named else (text, 1)
    start = text[:START]
    chosen = separator or named or separated.separator_of(start, wanted, usual)
    chosen = chosen or separated.widest(start, usual)
    # Not splitlines: it also splits at U+2028 and other characters that mails contain.
    found = separated.rows(io.StringIO(text, newline=""), chosen, first)
    try:
        rows = _Rows(_header(found, where), chosen)
        rows.take(found)
    except DataError as error:
        # Its place is a line; this file's name belongs before it.
        raise DataError(problems=[_within(where, problem) for problem in error.problems]) from None
    notes = () if chosen == usual else (f"separated by {separated.NAMES.get(chosen, chosen)}",)
    return Table(where, rows.columns, rows.at, problems=rows.problems(where), notes=notes)


@dataclass(slots=True)
class _Rows:
    """Rows below a header; those that do not fit are left out and counted."""

    header: list[str]
    separator: str
    at: list[int] = field(default_factory=list)
    columns: dict[str, list[str]] = field(default_factory=dict)
    long: list[int] = field(default_factory=list)
    short: list[int] = field(default_factory=list)

    def take(self, rows: Iterator[tuple[int, list[str]]]) -> None:
        """Read all rows."""
        self.columns = {name: [] for name in self.header if name}
        width = len(self.header)
        for line, cells in rows:
            if len(cells) > width:
                self.long.append(line)
                continue
            if len(cells) < width:
                self.short.append(line)
                cells = [*cells, *[""] * (width - len(cells))]
            self.at.append(line)
            for name, cell in zip(self.header, cells, strict=True):
                if name:
                    self.columns[name].append(cell)

    def problems(self, where: str) -> tuple[Problem, ...]:
        """Return what is to be told of rows that do not fit."""
        name = separated.NAMES.get(self.separator, repr(self.separator))
        hints = {
            "more": f"quote texts that hold {name}, or name another --separator",
            "fewer": "quote texts of several lines, and fill the row up",
        }
        return tuple(
            Problem(
                f"{len(lines)} row{' has' if len(lines) == 1 else 's have'} {what} values than the "
                f"{len(self.header)} columns ({places(lines)})",
                where,
                hints[what],
            )
            for what, lines in (("more", self.long), ("fewer", self.short))
            if lines
        )


def _header(rows: Iterator[tuple[int, list[str]]], where: str) -> list[str]:
    line, cells = next(rows, (1, []))
    names = [name.strip() for name in cells]
    if names_twice := separated.twice(names):
        raise DataError(
            problems=[
                Problem(f"two columns have one name: '{name}'", f"line {line}", "rename one")
                for name in names_twice
            ]
        )
    return names


def _within(where: str, problem: Problem) -> Problem:
    return Problem(problem.what, f"{where}, {problem.where}", problem.hint)
