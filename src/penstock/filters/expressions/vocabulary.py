"""The names and functions of the language."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from penstock.filters.expressions.kinds import Kind
from penstock.filters.record import Record

__all__ = ["FUNCTIONS", "NAMES", "Function", "Name"]


@dataclass(frozen=True, slots=True)
class Name:
    """A fact of a record; `of` is the kind of what a table holds."""

    kind: Kind
    meaning: str
    read: Callable[[Record], Any]
    of: Kind = Kind.ANY


@dataclass(frozen=True, slots=True)
class Function:
    """A function of one value, and of one word or more where `words` is set."""

    meaning: str
    call: Callable[..., Any]
    result: Kind
    words: bool = True


NAMES: dict[str, Name] = {
    "label": Name(Kind.ANY, "the label", lambda record: record.label),
    "labels": Name(
        Kind.LIST, "the labels of a multi-label model", lambda record: record.labels or ()
    ),
    "score": Name(Kind.NUMBER, "the label's score", lambda record: record.score),
    "scores": Name(
        Kind.TABLE, 'a class\'s score: `scores["later"]`', lambda record: record.scores, Kind.NUMBER
    ),
    "out_of_scope": Name(
        Kind.TRUTH, "whether the text is out of scope", lambda record: record.out_of_scope
    ),
    "out_of_scope_score": Name(
        Kind.NUMBER, "how far it is", lambda record: record.out_of_scope_score
    ),
    "text": Name(Kind.TEXT, "what the model saw", lambda record: record.text),
    "headers": Name(
        Kind.TABLE,
        'a header of the mail: `headers["subject"]`',
        lambda record: record.headers,
        Kind.TEXT,
    ),
    "fields": Name(
        Kind.TABLE, 'a field of the request: `fields["channel"]`', lambda record: record.fields
    ),
}


def _contains(value: str, *words: str) -> bool:
    folded = value.casefold()
    return any(word.casefold() in folded for word in words)


def _starts(value: str, *words: str) -> bool:
    return value.casefold().startswith(tuple(word.casefold() for word in words))


def _ends(value: str, *words: str) -> bool:
    return value.casefold().endswith(tuple(word.casefold() for word in words))


def _word(value: str, *words: str) -> bool:
    return _pattern(words).search(value.casefold()) is not None


@lru_cache(maxsize=256)
def _pattern(words: tuple[str, ...]) -> re.Pattern[str]:
    choices = "|".join(re.escape(word.casefold()) for word in words)
    return re.compile(rf"(?<!\w)(?:{choices})(?!\w)")


FUNCTIONS: dict[str, Function] = {
    "contains": Function(
        '`contains(text, "price", "cost")`: has one of them', _contains, Kind.TRUTH
    ),
    "word": Function('`word(text, "price")`: has one as a whole word', _word, Kind.TRUTH),
    "starts": Function('`starts(text, "re:")`: starts with one', _starts, Kind.TRUTH),
    "ends": Function('`ends(text, "?")`: ends with one', _ends, Kind.TRUTH),
    "lower": Function("`lower(text)`: in lower case", str.lower, Kind.TEXT, words=False),
    "length": Function("`length(text)`: its characters", len, Kind.NUMBER, words=False),
}
"""All but `lower` and `length` compare without case."""
