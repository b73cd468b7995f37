"""JSON Lines as a table: an object on each line."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from penstock.errors import DataError, Problem
from penstock.tables.separated import twice
from penstock.tables.table import Table

__all__ = ["columns_of", "read", "spelled"]


def read(text: str, where: str) -> Table:
    """Return the table of a file of JSON Lines; what a line does not have is an empty text.

    Raises
    ------
    DataError : with every line that is no object, names a key twice, or has a text that is
        none.
    """
    problems: list[Problem] = []
    rows: list[tuple[int, dict[str, str]]] = []
    # Only "\n" ends a line of JSON: a text may hold U+2028.
    for number, line in enumerate(text.split("\n"), 1):
        if line.strip():
            try:
                rows.append((number, _row(line)))
            except DataError as error:
                found = error.problems[0]
                problems.append(Problem(found.what, f"{where}, line {number}", found.hint))
    if problems:
        raise DataError(problems=problems)
    return Table(where, columns_of([row for _, row in rows]), [number for number, _ in rows])


def columns_of(rows: list[dict[str, str]]) -> dict[str, list[str]]:
    """Return rows as columns, in the order in which their names come."""
    names = dict.fromkeys(name for row in rows for name in row)
    return {name: [row.get(name, "") for row in rows] for name in names}


def spelled(value: Any) -> str:
    """Return a value as the text that JSON writes; nothing for null.

    Raises
    ------
    DataError : half a character, which no file can hold.
    """
    if value is None:
        return ""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    if not text.isascii() and any("\ud800" <= letter <= "\udfff" for letter in text):
        raise DataError("has half a character (a lone surrogate)", hint="repair the text")
    return text


def _row(line: str) -> dict[str, str]:
    try:
        value = json.loads(line, object_pairs_hook=_object)
    except (ValueError, RecursionError) as error:
        if isinstance(error, DataError):
            raise
        raise DataError(
            f"is not valid JSON: {error}", hint="write one object on each line"
        ) from None
    if not isinstance(value, Mapping):
        hint = 'write {"text": ..., "label": ...}'
        raise DataError(f"want an object, not {type(value).__name__}", hint=hint)
    return {name: spelled(item) for name, item in value.items()}


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if names := twice(name for name, _ in pairs):
        raise DataError(f"two values have one name: '{names[0]}'", hint="rename one")
    return dict(pairs)
