"""Mails made to break the cutter: no exception, nothing lost, no more than linear time."""

from __future__ import annotations

import random
import sys
from collections.abc import Callable

import pytest

from penstock.mail.automatic import automatic
from penstock.mail.flowed import unflow
from penstock.mail.reading import decode_mail
from penstock.mail.replies import cut, cut_html, html_to_text
from penstock.mail.replies.cutter import MAX_JUDGED
from penstock.mail.replies.rows import LONG, MAX_ROWS, read_rows

MAILS = 1_000  # seeded; benchmarks/hostile_mail.py reads 10,000
PIECES = [
    *("> ", ">", ">>>>", "|", "On 1 ", "On Mon, Mar 4, 2024 at 9:15 AM ", "wrote:", "写道：", "\n"),
    *("\n\n", "\r\n", "\r", "\u2028", "\u2029", "\x85", "\x0b", "\0", "\ud800", "\ufffd", "\ufeff"),
    *("-----Original Message-----", "----", "____________", "-- \n", "--\n", "* * *", "=====\n"),
    *("From: a\n", "Sent: b\n", "Subject: c\n", "*Von:* ", "差出人: ", "Begin forwarded message:"),
    *("<a@b.c>", "<", ">:", "@", "http://x.y/z", "Thanks,\n", "Sent from my iPhone", "P.S. x"),
    *("hello", "a" * 500, " " * 300, "\t", "12:30", "4.3.2024", "\u202e", "é", "👍", "N.B.", ": "),
    *("<div>", "</div>", "<blockquote>", "</blockquote>", "<div class=gmail_quote>", "<hr>", "<p"),
    *(
        "<!--",
        "-->",
        "<style>",
        "&amp;",
        "&#0;",
        "&#x110000;",
        "<a b='",
        'x="',
        "<![CDATA[",
        "<br/>",
    ),
    *("=20\n", "=\n", "=?utf-8?b?", "?=", "Content-Type: multipart/mixed; boundary=x\n\n--x\n"),
    *("Content-Transfer-Encoding: base64\n\n", "Content-Type: text/html\n\n", "--x--\n"),
]


def hostile_mail(seed: int) -> str:
    chance = random.Random(seed)
    return "".join(chance.choices(PIECES, k=chance.randint(1, 120)))


@pytest.mark.parametrize("block", range(10))
def test_no_mail_raises_or_loses_a_character(block: int) -> None:
    for seed in range(block * MAILS // 10, (block + 1) * MAILS // 10):
        text = hostile_mail(seed)
        for result in (cut(text, sender=text[:40]), cut_html(text)):
            assert "".join(result.text[s.start : s.end] for s in result.spans) == result.text
            assert all(
                a.kind is not b.kind for a, b in zip(result.spans, result.spans[1:], strict=False)
            )
            assert bool(result.reply()) == bool(result.text.strip())
        record = decode_mail(text.encode("utf-8", "surrogatepass"))
        automatic(record.headers, record.text)


HOSTILE = {
    "levels": ">" * 5000 + "x\n",
    "marks": ">\n",
    "marks and text": "> \nx\n",
    "attributions": "On Mon, Mar 4, 2024 at 9:15 AM Ann <a@b.c> wrote\n",
    "names": "Ann Lee wrote:\n",
    "wrapped": "On 1 x\nx x x\nwrote\n\n :\n",
    "headers": "From: a\nx\n",
    "rules": "_______________\n",
    "drawn": "_ -" * 50 + "\n",
    "addresses": "On 1 <a@b.c>:\nx\n",
    "one line": "a",
    "blank": "\n",
    "spaces": " " * 3000 + "x\n",
    "lines that are none": "\u2028> On 1 wrote:",
    "nul": "\0\n",
    "arrows": ">>> x <<\n",
    "closings": "Thanks\n",
    "crlf": "x\r\n> y\r\n",
}
HOSTILE_HTML = {
    "open": "<div>",
    "quotes": '<div class="gmail_quote">--',
    "blockquotes": "<blockquote>a</blockquote>",
    "no end": '<a "',
    "quoted ends": '<a b="c>',
    "comments": "<!--",
    "less": "<",
    "names": "<a@b ",
    "scripts": "<SCRIPT></SCRIPT>",
    "script": "<script>",
    "ends": "</p>",
    "dividers": '<div style="border-top:solid">x',
    "entities": "&amp",
    "pre": "<pre>\n",
}


def _calls(work: Callable[[str], object], text: str) -> int:
    """Return how many functions are called, Python's and C's: evidence that needs no clock."""
    count = 0

    def seen(_frame: object, event: str, _argument: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    sys.setprofile(seen)
    try:
        work(text)
    finally:
        sys.setprofile(None)
    return count


SMALL = 10_000  # characters; the benchmark times 767,000


@pytest.mark.parametrize("piece", HOSTILE.values(), ids=HOSTILE)
def test_work_grows_no_faster_than_a_mail(piece: str) -> None:
    once, twice, fourfold = (
        _calls(cut, piece * (times * SMALL // len(piece))) for times in (1, 2, 4)
    )
    assert twice <= 2.2 * once + 200
    assert fourfold <= 4.4 * once + 400


@pytest.mark.parametrize("piece", HOSTILE_HTML.values(), ids=HOSTILE_HTML)
def test_work_grows_no_faster_than_html(piece: str) -> None:
    once, twice, fourfold = (
        _calls(cut_html, piece * (times * SMALL // len(piece))) for times in (1, 2, 4)
    )
    assert twice <= 2.2 * once + 200
    assert fourfold <= 4.4 * once + 400


def test_work_is_bounded_by_rows() -> None:
    rows = read_rows("x\n> y\n" * 10 * MAX_ROWS)
    assert len(rows) == MAX_ROWS
    assert len(read_rows("> y\n" * 100 * MAX_ROWS)) == 1
    assert max(map(len, read_rows("x" * 10 * LONG).lines)) == LONG + 1


def test_lines_that_open_nothing_are_looked_at_up_to_a_bound() -> None:
    line = ("4.3.2024 " * 40) + ":\n"
    judged = MAX_JUDGED // len(line)
    assert _calls(cut, line * 4 * judged) < 2 * _calls(cut, line * judged)
    logs = "12:30:59 pump 7: pressure 4.2 bar, temperature 61.5\n" * 1_500
    assert cut(logs + "\nOn 4 Mar 2024 9:15, Ann <a@b.c> wrote:\n> Hi").reply() == logs.strip()


def test_what_is_below_the_rows_is_kept() -> None:
    own = "I say\n> you said\n" * MAX_ROWS
    assert cut(own + "the end").reply().endswith("the end")
    quoted = cut("Yes.\n\nOn 4 Mar 2024 9:15, Ann wrote:\n\n" + "text\n" * 3 * MAX_ROWS)
    assert quoted.reply() == "Yes."


@pytest.mark.parametrize(
    ("text", "delsp", "joined"),
    [
        ("one \ntwo\nthree", False, "one two\nthree"),
        ("one \r\ntwo", True, "onetwo"),
        (">> a \n>> b\n> c", False, ">> a b\n> c"),
        (" >not quoted\n  two", False, ">not quoted\n two"),
        ("text\n-- \nAnn \nLee", False, "text\n-- \nAnn Lee"),
        ("> a \nb", False, "> a \nb"),
        ("", False, ""),
    ],
)
def test_flowed_lines_are_joined(text: str, delsp: bool, joined: str) -> None:
    assert unflow(text, delsp=delsp).text == joined


def test_html_is_read_however_deep() -> None:
    assert html_to_text("<div>" * 5_000 + "deep") == "deep"
    assert html_to_text("<b>" * 50_000 + "deep") == "deep"
