from __future__ import annotations

from email.message import EmailMessage

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from penstock.errors import DataError
from penstock.mail.reading import Mail, decode_mail
from penstock.mail.replies import cut, html_to_text


def _message(*parts: tuple[str, str]) -> bytes:
    message = EmailMessage()
    message["Subject"] = "Angebot für Sie"
    (text, subtype), *rest = parts
    message.set_content(text, subtype=subtype)
    for text, subtype in rest:
        message.add_alternative(text, subtype=subtype)
    return message.as_bytes()


def test_plain_text_is_preferred() -> None:
    record = decode_mail(_message(("Ja, grüße\n", "plain"), ("<p>Nein</p>", "html")))
    assert record.text == "Ja, grüße\n"
    assert record.headers["subject"] == "Angebot für Sie"


def test_html_is_read_where_there_is_no_plain_text() -> None:
    assert decode_mail(
        _message(("<style>x</style><p>Yes,<br>call <b>me</b></p>", "html"))
    ).text == ("Yes,\ncall me")


def test_headers_that_come_twice_are_kept() -> None:
    assert decode_mail(b"X-A: 1\nx-a: 2\n\n").headers == {"x-a": "1\n2"}


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (b"", ""),
        (b"\n", ""),
        (b"no headers at all", "no headers at all"),
        (b"Content-Type: text/plain; charset=nonsense\n\nyes \xe9", "yes é"),
        (b"Content-Transfer-Encoding: base64\n\n!!!!", ""),
        (b"Content-Type: multipart/mixed; boundary=x\n\n--x\n\nyes\n--x--", "yes"),
        (b"Content-Type: application/pdf\n\n%PDF", ""),
        (b"Subject: =?utf-8?b?//8=?=\nDate: never\nFrom: <<<>>>\n\nyes", "yes"),
        (b"\xff\xfe\xfd: \xff\n\n\xff", None),
    ],
)
def test_odd_mails_are_read(content: bytes, text: str | None) -> None:
    record = decode_mail(content)
    assert text is None or record.text.strip() == text
    "".join([record.text, *record.headers.values()]).encode()


INNER = b"Content-Type: message/rfc822\n\nFrom: Ann <a@b.c>\nSubject: Offer\n\nBuy pumps"
STRUCTURES = {
    "flowed": (b"Content-Type: text/plain; format=flowed\n\none \ntwo", "one two"),
    "not flowed": (b"Content-Type: text/plain\n\none \ntwo", "one \ntwo"),
    "joined parts": (
        b"Content-Type: multipart/mixed; boundary=x\n\n--x\n\nyes\n--x\n"
        b"Content-Disposition: attachment; filename=a.txt\n\nno\n--x\n\nfooter\n--x--",
        "yes\n\nfooter",
    ),
    "nested": (
        b"Content-Type: multipart/mixed; boundary=x\n\n--x\nContent-Type: multipart/alternative; "
        b"boundary=y\n\n--y\nContent-Type: text/html\n\n<p>html</p>\n--y\nContent-Type: "
        b"text/plain\n\nplain\n--y--\n--x--",
        "plain",
    ),
    "empty plain": (
        b"Content-Type: multipart/alternative; boundary=y\n\n--y\n\n \n--y\nContent-Type: "
        b"text/html\n\n<p>html</p>\n--y--",
        "html",
    ),
    "no boundary": (
        b"Content-Type: multipart/alternative;\nboundary=y\n\n--y\nContent-Type: text/plain\n\n"
        b"plain\n--y--",
        "plain",
    ),
    "attached mail": (
        INNER,
        "---------- Forwarded message ----------\nFrom: Ann <a@b.c>\nDate: \nSubject: Offer\n"
        "To: \n\nBuy pumps",
    ),
    "quoted-printable": (
        b"Content-Transfer-Encoding: quoted-printable\nContent-Type: text/plain; charset=cp1252\n\n"
        b"gr=FC=\n=DFe",
        "grüße",
    ),
    "base64": (b"Content-Transfer-Encoding: base64\n\nZ3LDvMOfZQ==", "grüße"),
}


@pytest.mark.parametrize(("content", "text"), STRUCTURES.values(), ids=STRUCTURES)
def test_structures_are_read(content: bytes, text: str) -> None:
    assert decode_mail(content).text.strip() == text


def test_an_attached_mail_alone_is_a_forward() -> None:
    assert cut(decode_mail(INNER).text).is_forward


HEADS = st.sampled_from(
    [
        b"Content-Type: multipart/mixed; boundary=x\n\n--x\n",
        b"Content-Type: text/html\n\n",
        b"Content-Type: text/plain; charset=utf-7\n\n",
        b"Content-Type: message/rfc822\n\n",
        b"Content-Transfer-Encoding: quoted-printable\n",
        b"Content-Transfer-Encoding: x-uuencode\n",
        b"Content-Disposition: attachment; filename*=utf-8''%ff\n",
        b"From: =?x?y?z?= <a@\n",
        b"",
    ]
)


@given(st.lists(HEADS, max_size=4).map(b"".join), st.binary(max_size=200))
@settings(max_examples=400, deadline=None)
def test_any_bytes_give_a_record_or_a_data_error(head: bytes, body: bytes) -> None:
    try:
        record = decode_mail(head + body)
    except DataError:
        return
    assert isinstance(record, Mail)
    for text in (record.text, *record.headers, *record.headers.values()):
        text.encode()


def test_an_html_quote_is_cut_like_a_plain_one() -> None:
    html = (
        "<div>Yes, call me.</div><div class=gmail_quote>On Mon, Mar 4, 2024 at 9:15 AM Ann "
        "&lt;ann@example.com&gt; wrote:<blockquote>Are you<br>interested?</blockquote></div>"
    )
    assert "> interested?" in html_to_text(html)
    assert cut(html_to_text(html)).reply() == "Yes, call me."
