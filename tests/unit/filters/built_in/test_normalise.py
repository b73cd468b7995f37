from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from penstock.filters.built_in.normalise import Normalise
from penstock.filters.record import Record


def normalised(text: str, **parameters: str) -> str:
    return Normalise(**parameters).before([Record(text)])[0].text  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("parameters", "text", "expected"),
    [
        ({}, "e\u0301\ufb01", "é\ufb01"),
        ({"unicode": "NFKC"}, "\ufb01 \uff21\u00b2", "fi A2"),
        ({"unicode": "keep"}, "e\u0301", "e\u0301"),
        (
            {},
            "\ufeffzero\u200bwidth so\xadft \u202eright\u202c \0nul\x85next",
            "zerowidth soft right nul\nnext",
        ),
        ({}, "نامه\u200cها \U0001f468\u200d\U0001f469", "نامه\u200cها \U0001f468\u200d\U0001f469"),
        ({}, "half \ud83d pair", "half pair"),
        ({"invisible": "keep"}, "a\0b", "a\0b"),
        ({}, "a\r\nb\rc\u2028d\u2029e", "a\nb\nc\nd\ne"),
        ({}, "  a \t\u00a0b  \n\n\n \n  c  ", "a b\n\nc"),
        ({"whitespace": "squeeze"}, " a \t\n\n b ", "a b"),
        ({"whitespace": "keep"}, " a  \n\n\n\nb ", " a  \n\n\n\nb "),
        ({}, "", ""),
    ],
)
def test_normalise(parameters: dict[str, str], text: str, expected: str) -> None:
    assert normalised(text, **parameters) == expected


@given(st.text())
def test_what_is_normalised_stays_so(text: str) -> None:
    once = normalised(text)
    assert normalised(once) == once
