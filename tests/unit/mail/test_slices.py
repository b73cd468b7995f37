"""Whatever a mail was read from, its parts are slices of that, and together all of it."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from penstock.errors import DataError
from penstock.mail.reading import cut_mail
from penstock.mail.replies import Cut, Kind, cut, cut_html

QUOTE = "On Mon, Mar 4, 2024 at 9:15 AM Ann <ann@example.com> wrote:"
PLAIN = f"Yes, call me.\r\n\r\n{QUOTE}\r\n> Are you interested?\r\n"
HTML = (
    "<html><body><div>Yes, <b>call</b> me.</div><div id='Signature'>Bo Day</div>"
    '<div class="gmail_quote">On Monday Ann wrote:<blockquote>Are you<br>interested?'
    "</blockquote></div></body></html>"
)


def _whole(result: Cut) -> bool:
    """Whether the slices are the originals, in order, without gaps."""
    place = (0, 0)
    for piece in result.slices:
        while place != (piece.original, piece.start):
            if place[1] != len(result.originals[place[0]]):
                return False
            place = (place[0] + 1, 0)
        if piece.end <= piece.start:
            return False
        place = (piece.original, piece.end)
    rest = result.originals[place[0]][place[1] :], *result.originals[place[0] + 1 :]
    return not any(rest)


def _of(result: Cut, *kinds: Kind) -> str:
    return "".join(
        result.originals[piece.original][piece.start : piece.end]
        for piece in result.slices
        if piece.kind in kinds
    )


def test_a_plain_text_is_its_own_original() -> None:
    result = cut(PLAIN)
    assert result.originals == (PLAIN,)
    assert [(s.kind, s.start, s.end) for s in result.slices] == [
        (s.kind, s.start, s.end) for s in result.spans
    ]


def test_html_is_cut_where_its_elements_are() -> None:
    result = cut_html(HTML)
    assert _whole(result)
    assert _of(result, Kind.REPLY) == "<html><body><div>Yes, <b>call</b> me.</div>"
    assert _of(result, Kind.SIGNATURE) == "<div id='Signature'>Bo Day</div>"
    assert _of(result, Kind.QUOTE).startswith('<div class="gmail_quote">On Monday')


def test_an_attribution_behind_text_on_its_line_is_found_in_html() -> None:
    html = "<p>Only On-call staff. On Wed, Apr 4, 2012, Ann wrote:</p><blockquote>Hi</blockquote>"
    assert _of(cut_html(html), Kind.REPLY) == "<p>Only On-call staff. "


def test_soft_line_breaks_are_in_the_original() -> None:
    body = f"Yes, \r\ncall me.\r\n\r\n{QUOTE}\r\n> Are you \r\n> interested?\r\n"
    head = "Content-Type: text/plain; format=flowed\r\n\r\n"
    result = cut_mail((head + body).encode())
    assert result.reply() == "Yes, call me."
    assert result.originals == (body,)
    assert _of(result, Kind.REPLY) == "Yes, \r\ncall me.\r\n\r\n"


MULTIPART = (
    b"From: Bo Day <bo@example.com>\nContent-Type: multipart/mixed; boundary=x\n\n--x\n"
    b"Content-Transfer-Encoding: base64\n\nWWVzLCBjYWxsIG1lLg0KDQpCbyBEYXkNCg==\n--x\n"
    b"Content-Type: application/pdf\nContent-Disposition: attachment\n\n%PDF\n--x\n"
    b"Content-Type: text/html\nContent-Transfer-Encoding: quoted-printable\n\n"
    b"<p class=3D'moz-cite-prefix'>Ann:</p><blockquote>Hi</blockquote>\n--x\n"
    b"Content-Type: message/rfc822\n\nFrom: Ann <a@b.c>\nSubject: Offer\n\nBuy pumps\n--x--\n"
)


def test_the_parts_of_a_mail_are_its_originals() -> None:
    result = cut_mail(MULTIPART)
    plain, html, head, inner = result.originals
    assert plain == "Yes, call me.\r\n\r\nBo Day\r\n"
    assert html.startswith("<p class='moz-cite-prefix'>")
    assert "Subject: Offer" in head
    assert inner.strip() == "Buy pumps"
    assert _whole(result)
    assert result.reply() == "Yes, call me."
    assert _of(result, Kind.SIGNATURE).strip() == "Bo Day"  # told by the header From
    assert _of(result, Kind.QUOTE).strip() == html.strip()
    assert "Buy pumps" in _of(result, Kind.FORWARD)


PIECES = [
    *(
        "<div>",
        "</div>",
        "<blockquote>",
        "</blockquote>",
        '<div class="gmail_quote">',
        "<hr>",
        "\n",
    ),
    *(
        "<br>",
        "<pre>",
        "</pre>",
        "<p>",
        "&gt; ",
        "&lt;a@b.c&gt; wrote:",
        "On 4 Mar 2024 9:15 ",
        ">",
    ),
    *(
        "<div style='border-top:solid'>",
        "From: a<br>",
        "Sent: b<br>",
        "<!--",
        "-->",
        "<style>",
        "\r\n",
    ),
    *(
        "hello ",
        "--",
        "Thanks,",
        "<b",
        "'",
        "<div id=Signature>",
        "Ann",
        "> ",
        "On Mon, May 4, x wrote:",
    ),
    *("Content-Type: text/html\n\n", "Content-Type: multipart/mixed; boundary=x\n\n--x\n", "--x\n"),
    *(
        "Content-Type: text/plain; format=flowed\n\n",
        "Content-Type: message/rfc822\n\n",
        " \n",
        "é",
    ),
]
MAILS = st.lists(st.sampled_from(PIECES), max_size=40).map("".join)


@given(MAILS)
@settings(max_examples=150, deadline=None)
def test_nothing_is_lost_and_nothing_twice(text: str) -> None:
    for result in (cut(text), cut_html(text)):
        assert _whole(result)
        assert result.originals == (text,)
    try:
        result = cut_mail(text.encode())
    except DataError:
        return
    assert _whole(result)
    assert "".join(result.text[s.start : s.end] for s in result.spans) == result.text


@pytest.mark.parametrize("seed", range(4))
def test_words_stand_in_the_slices_of_their_kind(seed: int) -> None:
    chance = random.Random(seed)
    own = [f"own{n}" for n in range(5)]
    theirs = [f"their{n}" for n in range(5)]
    blocks = [f"<div>{word}<br></div>" for word in own]
    blocks += [f"<blockquote type=cite>{word}<div>x</div></blockquote>" for word in theirs]
    chance.shuffle(blocks)
    result = cut_html("<body>" + "".join(blocks) + "</body>")
    assert all(word in _of(result, Kind.REPLY) for word in own)
    assert all(word in _of(result, Kind.QUOTE) for word in theirs)
