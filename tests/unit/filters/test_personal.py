from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from penstock.filters import Pipeline, Record, redact
from penstock.filters.personal import IBAN_LENGTHS, KINDS, find

REDACTED = [
    # addresses
    ("Write to ann.o'brien+x@mail.example.co.uk.", "Write to [email]."),
    ("<mailto:jürgen@müller.example>", "<mailto:[email]>"),
    ("bounces+1-ann=example.com@mta.example", "[email]"),
    ("lunch @ 12, @ann and a@b stay", "lunch @ 12, @ann and a@b stay"),
    # telephone numbers
    ("+44 20 7946 0958", "[phone]"),
    ("+49 (0)151/123 456-78", "[phone]"),
    ("0049 151 12345678", "[phone]"),
    ("(415) 555-0100, 415.555.0101 or (415)555-0102", "[phone], [phone] or [phone]"),
    ("1-800-555-0199", "[phone]"),
    ("ring 713/853-5984 now", "ring [phone] now"),
    ("office--415.782.7822.", "office--[phone]."),
    ("Tél: 01 23 45 67 89", "Tél: [phone]"),
    ("mobile 4455 6677", "mobile [phone]"),
    ("M: 912345678", "M: [phone]"),
    # what looks like one
    ("2024-03-04 10:00, 04.03.2024 12:30, 3/4/24 1234567", None),
    ("1,000,000.50 or 1.000.000,50", None),
    ("10.0.0.1, 192.168.100.200, v1.2.3.4.5.6.7", None),
    ("Milford, CT 06460-3400", None),
    ("Amsterdam 1850-1940, 2019-2020", None),
    ("coupon code 251408768, order 20240304123456", None),
    ("12 000 000 people", None),
    # cards
    ("4111 1111 1111 1111", "[card]"),
    ("5500-0000-0000-0004, 378282246310005", "[card], [card]"),
    ("4111 1111 1111 1112", None),
    ("ISBN 978-3-16-148410-0", None),
    # IBAN
    ("to DE89 3704 0044 0532 0130 00 BIC COBADEFF", "to [iban] BIC COBADEFF"),
    ("gb29nwbk60161331926819", "[iban]"),
    ("DE89 3704 0044 0532 0130 01", None),
    ("XX89 3704 0044 0532 0130 00", None),
    # secrets in addresses of the web
    ("https://ann:pw@host.example/", "https://[secret]@host.example/"),
    ("https://h.example/r?token=abcdef12&page=2", "https://h.example/r?token=[secret]&page=2"),
    ("http://h.example/u/9f86d081884c7d659a2feaa0c55ad015)", "http://h.example/u/[secret])"),
    ("http://h.example/0b7e3a9e-6f0c-4f7e-9d3a-1c2b3a4d5e6f", "http://h.example/[secret]"),
    ("https://h.example/how-to-configure-the-2024-edition", None),
    ("the token=abcdef12 is in no address", None),
]


@pytest.mark.parametrize(("text", "expected"), REDACTED)
def test_redact(text: str, expected: str | None) -> None:
    assert redact(text) == (text if expected is None else expected)


def test_kinds_can_be_chosen() -> None:
    text = "ann@example.com +44 20 7946 0958"
    assert redact(text, ["phone"]) == "ann@example.com [phone]"
    assert redact(text, []) == text
    pipeline = Pipeline.from_dict({"before": [{"filter": "redact", "kinds": ["email"]}]})
    assert pipeline.before([Record(text)])[0].text == "[email] +44 20 7946 0958"


def test_finds_say_where() -> None:
    (found,) = find("at ann@example.com")
    assert (found.kind, found.start, found.end) == ("email", 3, 18)


@given(st.text(alphabet="a1 +-.@/:()=?&DE\n", max_size=200))
def test_finds_do_not_overlap_and_what_is_redacted_stays_so(text: str) -> None:
    finds = find(text)
    assert all(a.end <= b.start for a, b in pairwise(finds))
    assert all(found.start < found.end and found.kind in KINDS for found in finds)


@pytest.mark.parametrize(
    "piece", ["1 ", "a", "a@", "a.", "http://a/", "+1-", "DE89 ", "4111 ", "http://x?token=", "("]
)
def test_hostile_text_takes_linear_time(piece: str) -> None:
    # Quadratic time on this would be minutes, and the suite's limit for a test.
    redact(piece * (300_000 // len(piece)))


def test_lengths_are_within_those_of_the_standard() -> None:
    assert all(15 <= length <= 34 for length in IBAN_LENGTHS.values())
