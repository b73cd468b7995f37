"""A mail as bytes to a record: its text and its headers."""

from __future__ import annotations

import re
from email import policy
from email.message import EmailMessage, MIMEPart
from email.parser import BytesParser
from html.parser import HTMLParser

from penstock.errors import DataError
from penstock.filters.record import Record

__all__ = ["decode_mail", "html_to_text"]

# Elements whose end or start is a new line in text, and those that hold no text.
BLOCKS = frozenset(
    [
        "address",
        "article",
        "blockquote",
        "br",
        "div",
        "dl",
        "dt",
        "dd",
        "fieldset",
        "form",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "hr",
        "li",
        "ol",
        "p",
        "pre",
        "section",
        "table",
        "tr",
        "ul",
    ]
)
SILENT = frozenset({"head", "script", "style", "title", "template"})


def decode_mail(content: bytes) -> Record:
    """Return the text and headers of a ``message/rfc822``.

    ``text/plain`` is preferred, else the text of ``text/html``; a mail without either has
    the text "". Headers: names in lower case, of several the values on lines of their own.

    Raises
    ------
    DataError : the bytes cannot be read as a mail. Nothing else, whatever the bytes.
    """
    try:
        message = BytesParser(policy=policy.default).parsebytes(content)
        return Record(_text(message), _headers(message))
    except Exception as error:  # the standard library's parser fails in many ways
        what = f"cannot be read as a mail ({type(error).__name__})"
        raise DataError(what, hint="send the raw message, headers first") from error


def html_to_text(html: str) -> str:
    """Return the text of HTML, a line for each block. Crude, but never fails."""
    parser = _TextParser()
    parser.feed(html)
    parser.close()
    return parser.text()


def _text(message: EmailMessage) -> str:
    if (plain := _body(message, "plain")).strip():
        return plain
    return html_to_text(_body(message, "html"))


def _body(message: EmailMessage, kind: str) -> str:
    """Return the first part of a kind, else the text of all parts that say so."""
    try:
        part = message.get_body(preferencelist=(kind,))
    except (AttributeError, KeyError, ValueError, TypeError):
        # A malformed structure; take the parts as they come.
        part = next((p for p in message.walk() if p.get_content_subtype() == kind), None)
    return _content(part) if part is not None else ""


def _content(part: MIMEPart) -> str:
    payload = part.get_payload(decode=True)
    if not isinstance(payload, bytes):
        return ""
    try:
        return payload.decode(part.get_content_charset("utf-8"), "replace")
    except (LookupError, ValueError):
        # The charset has no such name; Latin-1 reads any bytes.
        return payload.decode("latin-1")


def _headers(message: EmailMessage) -> dict[str, str]:
    headers: dict[str, str] = {}
    for name, raw in message.raw_items():
        value = _header(message, name, raw)
        key = str(name).lower()
        headers[key] = f"{headers[key]}\n{value}" if key in headers else value
    return headers


def _header(message: EmailMessage, name: str, raw: str) -> str:
    try:
        value = str(message.policy.header_fetch_parse(name, raw))
    except Exception:  # one malformed header must not cost the mail
        value = str(raw)
    # Raw bytes come as surrogates, which no JSON can carry.
    return value.encode("utf-8", "replace").decode()


class _TextParser(HTMLParser):
    """Collects text; block elements break lines."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._pieces: list[str] = []
        self._silent = 0
        self._quoted = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in SILENT:
            self._silent += 1
        elif tag in BLOCKS:
            self._quoted += tag == "blockquote"
            self._break()

    def handle_endtag(self, tag: str) -> None:
        if tag in SILENT:
            self._silent = max(0, self._silent - 1)
        elif tag in BLOCKS and tag != "br":
            self._quoted = max(0, self._quoted - (tag == "blockquote"))
            self._break()

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self._pieces.append(re.sub(r"\s+", " ", data))

    def _break(self) -> None:
        # A quote is marked as in plain text, where the cutter looks for it.
        self._pieces.append("\n> " if self._quoted else "\n")

    def text(self) -> str:
        lines = [line.strip() for line in "".join(self._pieces).split("\n")]
        kept = (line for n, line in enumerate(lines) if line or (n and lines[n - 1]))
        return "\n".join(kept).strip()
