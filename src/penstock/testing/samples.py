"""Records that a filter meets in production, the strange ones among them."""

from __future__ import annotations

from penstock.filters import Record

__all__ = ["SAMPLE_TEXTS", "sample_answers", "sample_records"]

SAMPLE_TEXTS = (
    "Yes, call me on Monday.",
    "",
    " \n\t ",
    "42",
    "None",
    "a\0b\r\nc\u2028d",
    "half a pair: \ud83d",
    "e\u0301 \u00e9 \ufb01 \u202eabc\u202c \u200b",
    "مرحبا 你好 \U0001f468\u200d\U0001f469\u200d\U0001f467",
    "Thanks!\n\nOn 4 Mar 2024, Ann <ann@example.com> wrote:\n> Are you there?\n-- \nBo",
    "<html><body><p>Hi</p></body></html>",
    "long " * 20_000,
)
"""Empty and blank texts, control characters, half a surrogate pair, several scripts, a reply,
HTML and 100,000 characters."""

HEADERS = {"subject": "Re: hello", "from": "Ann <ann@example.com>", "message-id": "<1@example>"}


def sample_records() -> list[Record]:
    """Return pending records: each text bare, and with headers and fields."""
    bare = [Record(text) for text in SAMPLE_TEXTS]
    return [*bare, *(Record(text, HEADERS, {"channel": "web"}) for text in SAMPLE_TEXTS)]


def sample_answers() -> list[Record]:
    """Return records of every status, with one label, with several and with none."""
    answers = []
    for number, record in enumerate(sample_records()):
        share = number / len(SAMPLE_TEXTS) / 2
        one = record.scored([share, 1 - share], ["no", "yes"])
        scope = one.replace(out_of_scope_score=share, out_of_scope=share > 0.5)
        answers += [one, scope, record.scored([share, 1 - share], [0, 1], [0.4, 0.4])]
        answers += [record.cached("cache", one), one.suppressed("other", "unsure")]
        answers += [record.not_scored("other", "no"), one.failed("other", ValueError())]
    return answers
