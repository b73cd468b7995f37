"""What a part of an expression is, and how one goes wrong."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeAlias

__all__ = ["Code", "ExpressionError", "Kind", "Part", "Values"]

Values: TypeAlias = Mapping[str, Any]
Code: TypeAlias = Callable[[Values], Any]


class Kind(StrEnum):
    """What a part's value is; `ANY` where only a record can tell."""

    TEXT = "a text"
    NUMBER = "a number"
    TRUTH = "true or false"
    LIST = "a list"
    TABLE = "a table"
    ANY = "any value"


@dataclass(frozen=True, slots=True)
class Part:
    """A compiled part; `constant` is its value where it is one, `of` the kind of its items."""

    code: Code
    kind: Kind
    constant: Any = None
    of: Kind = Kind.ANY


class ExpressionError(ValueError):
    """A condition that cannot be read. `column` counts characters from 1."""

    def __init__(self, what: str, column: int, hint: str | None = None) -> None:
        super().__init__(f"column {column}: {what}")
        self.column, self.hint = column, hint
