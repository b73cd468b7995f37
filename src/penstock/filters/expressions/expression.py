"""A condition, compiled once."""

from __future__ import annotations

import ast

from penstock.filters.expressions.compiler import Compiler
from penstock.filters.expressions.kinds import ExpressionError, Kind
from penstock.filters.expressions.vocabulary import NAMES
from penstock.filters.record import Record

__all__ = ["MAX_LENGTH", "Expression"]

MAX_LENGTH = 1000
"""Characters of a condition."""


class Expression:
    """A condition on an answered record. Immutable and thread-safe.

    Parameters
    ----------
    source : such as ``label == "positive" and score < 0.8``, `MAX_LENGTH` characters at most.

    Raises
    ------
    ExpressionError : it is no condition; with the column and, where there is one, a hint.
    """

    def __init__(self, source: str) -> None:
        self.source = source
        compiler = Compiler(source)
        part = compiler.compile(_parsed(source))
        if part.kind not in (Kind.TRUTH, Kind.ANY):
            raise ExpressionError(f"is {part.kind}, want a condition", 1, "compare it with a value")
        self._code = part.code
        self._names = compiler.names
        self.labels = frozenset(compiler.labels)
        """The labels that it names."""

    def __call__(self, record: Record) -> bool:
        """Return whether it holds. Values that cannot be compared are not equal, less or more."""
        return bool(self._code({name: NAMES[name].read(record) for name in self._names}))


def _parsed(source: str) -> ast.expr:
    if not source.strip():
        raise ExpressionError("is empty, want a condition", 1)
    if len(source) > MAX_LENGTH:
        raise ExpressionError(f"{len(source)} characters, limit {MAX_LENGTH}", 1, "split the rule")
    # Python's grammar ends a line where YAML folded one; blanks keep the columns.
    line = "".join(" " if character.isspace() else character for character in source)
    start = len(line) - len(line.lstrip())
    try:
        return ast.parse(line.lstrip(), mode="eval").body
    except SyntaxError as error:
        column = max(1, (error.offset or 1)) + start
        raise ExpressionError(f"cannot be read: {error.msg}", column, _hint(source)) from None
    except (ValueError, MemoryError, RecursionError):
        raise ExpressionError("cannot be read: nested too deeply, or a NUL", 1) from None


def _hint(source: str) -> str | None:
    for wrong, right in (("&&", "and"), ("||", "or"), ("!", "not"), ("=", "==")):
        if wrong in source.replace("!=", "").replace("==", "").replace("<=", "").replace(">=", ""):
            return f"write `{right}` instead of `{wrong}`"
    return None
