from __future__ import annotations

from typing import Any

import pytest

from penstock.filters import Pipeline, Record
from penstock.filters.built_in.limit_size import LimitSize


def words(text: str) -> list[tuple[int, int]]:
    """A tokenizer: a word is a token."""
    spans, at = [], 0
    for word in text.split():
        start = text.index(word, at)
        at = start + len(word)
        spans.append((start, at))
    return spans


def limited(text: str, **parameters: Any) -> Record:
    filter_ = LimitSize(**parameters)
    filter_.bind_tokenizer(words)
    return filter_.before([Record(text)])[0]


@pytest.mark.parametrize(
    ("parameters", "text", "reason", "kept"),
    [
        ({}, "a" * 20_000, None, "a" * 20_000),
        ({}, "a" * 20_001, "20001 characters, limit 20000", "a" * 20_000),
        ({"max_characters": 2}, "äß", None, "äß"),
        ({"max_characters": 2}, "äßu", "3 characters, limit 2", "äß"),
        ({"max_bytes": 4}, "äß", None, "äß"),
        ({"max_bytes": 3}, "äß", "4 bytes, limit 3", "ä"),
        ({"max_bytes": 1}, "\ud800", None, "\ud800"),
        ({"max_tokens": 2}, " two words ", None, " two words "),
        ({"max_tokens": 2}, " now three words", "3 tokens, limit 2", " now three"),
        ({"max_tokens": 9}, "short", None, "short"),
        ({"max_characters": 9, "max_tokens": 1}, "a b " * 5, "20 characters, limit 9", "a"),
    ],
)
def test_refuse_or_truncate(
    parameters: dict[str, int], text: str, reason: str | None, kept: str
) -> None:
    refused = limited(text, **parameters)
    assert (refused.reason, refused.text) == (reason, text)
    assert refused.pending is (reason is None)
    cut = limited(text, action="truncate", **parameters)
    assert (cut.text, cut.pending) == (kept, True)


def test_a_limit_in_tokens_needs_a_tokenizer() -> None:
    pipeline = Pipeline([LimitSize(max_tokens=1)])
    (record,) = pipeline.before([Record("two words")])
    assert record.reason == "failed: InputError"
    (record,) = pipeline.bind("sha256:0", words).before([Record("two words")])
    assert record.reason == "2 tokens, limit 1"


def test_no_limit_at_all_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="limits nothing"):
        LimitSize(max_characters=None)


def test_its_former_name_is_still_read() -> None:
    old = {"before": [{"filter": "refuse_oversize", "max_characters": 3}]}
    pipeline = Pipeline.from_dict(old)
    assert pipeline.before([Record("four")])[0].reason == "4 characters, limit 3"
    assert pipeline.to_dict()["before"][0]["filter"] == "limit_size"
