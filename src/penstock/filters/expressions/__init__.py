"""Conditions on an answer: a small language without loops, calls of Python or regular expressions.

A subset of Python's expressions, read by Python's own parser and compiled to closures once.
Nothing of it is given to ``eval``. Length, depth and functions are bounded, so a condition
costs time linear in the text it looks at.
"""

from __future__ import annotations

from penstock.filters.expressions.expression import MAX_LENGTH, Expression
from penstock.filters.expressions.kinds import ExpressionError
from penstock.filters.expressions.vocabulary import FUNCTIONS, NAMES

__all__ = ["FUNCTIONS", "MAX_LENGTH", "NAMES", "Expression", "ExpressionError"]
