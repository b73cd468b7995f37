"""A table: columns of text by name, with the place of each row for whoever finds fault."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from penstock.errors import Problem

__all__ = ["Table", "places"]

SHOWN = 5


@dataclass(frozen=True, slots=True)
class Table:
    """What was read of a file.

    Attributes
    ----------
    where : the file.
    columns : by name, each of length n_rows; an empty text where a row has nothing.
    at : shape (n_rows,): the number of each row's line.
    unit : what `at` counts: ``line``, or ``row`` where a file has no lines.
    problems : what did not fit, to be told with what else is wrong.
    notes : what was found out about the file and is not said by its name.
    """

    where: str
    columns: dict[str, list[str]]
    at: list[int]
    unit: str = "line"
    problems: tuple[Problem, ...] = ()
    notes: tuple[str, ...] = ()

    def problem(self, what: str, rows: Sequence[int], hint: str | None = None) -> Problem:
        """Return a problem of some rows, told with their places; `what` has {} for their count."""
        count = f"{len(rows)} row{'s' if len(rows) > 1 else ''}"
        found = places((self.at[row] for row in rows), self.unit)
        return Problem(f"{what.format(count)} ({found})", self.where, hint)


def places(numbers: Iterable[int], unit: str = "line") -> str:
    """Return ``line 2, 4``, of the first five places and dots for the rest."""
    found = list(numbers)
    return f"{unit} {', '.join(map(str, found[:SHOWN]))}{', ...' if len(found) > SHOWN else ''}"
