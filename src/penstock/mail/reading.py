"""A mail as bytes to its text and headers, or to its parts."""

from __future__ import annotations

import re
from email import policy
from email.message import EmailMessage, MIMEPart
from email.parser import BytesParser
from typing import NamedTuple

from penstock.errors import DataError
from penstock.mail.charsets import decode
from penstock.mail.encoded_words import readable
from penstock.mail.flowed import unflow
from penstock.mail.raw import line_ends, mended
from penstock.mail.replies import Cut, cut, read_html
from penstock.mail.replies.traced import Traced, joined, verbatim

__all__ = ["Mail", "cut_mail", "decode_mail"]


CALENDAR = "text/calendar"
# What services send about mail, and a type that programs write for text/plain.
TEXTS = ("application/json", "plain/text")
# Headers that a mail program writes above a mail that it passes on.
FORWARDED = ("From", "Date", "Subject", "To")
# As programs write them: "base64 ", "quoted printable", "Base64; charset=utf-8".
ENCODINGS = (("base64", "base64"), ("quotedprintable", "quoted-printable"))
# HTML that says its charset, near its start.
META_CHARSET = re.compile(rb"<meta\b[^>]{0,200}?charset\s{0,3}=\s{0,3}[\"']?([\w:.-]{2,40})", re.I)


class Mail(NamedTuple):
    """A mail as it was read: its `text`, and its `headers` by name in lower case."""

    text: str
    headers: dict[str, str]


def decode_mail(content: bytes) -> Mail:
    """Return the text and headers of a ``message/rfc822``.

    Of alternatives ``text/plain`` is preferred, else the text of ``text/html``; parts that
    follow each other are joined, an attached mail is added as a forward, other attachments
    are left out. ``format=flowed`` is joined to paragraphs (RFC 3676). A mail without text
    has the text "". Headers: names in lower case, of several the values on lines of their own.
    A charset is read as `penstock.mail.charsets.decode` says: a wrong name costs no letter.

    Raises
    ------
    DataError : the bytes cannot be read as a mail. Nothing else, whatever the bytes.
    """
    traced, headers = _read(content)
    return Mail(traced.text, headers)


def cut_mail(content: bytes) -> Cut:
    """Return the parts of a ``message/rfc822``: `cut` of its text, as `decode_mail` reads it.

    Its `originals` are the bodies that were read, decoded from base64, quoted-printable and
    their charset: of each part that is text, in their order, and ahead of an attached mail the
    headers that are written for it. Of alternatives that is the one that was chosen.

    Raises
    ------
    DataError : as `decode_mail`.
    """
    traced, headers = _read(content)
    return cut(traced, sender=headers.get("from", ""), subject=headers.get("subject", ""))


def _read(content: bytes) -> tuple[Traced, dict[str, str]]:
    try:
        message = BytesParser(policy=policy.default).parsebytes(mended(content))
        headers = _headers(message)
        return _text(message), headers
    except Exception as error:  # the standard library's parser fails in many ways
        what = f"cannot be read as a mail ({type(error).__name__})"
        raise DataError(what, hint="send the raw message, headers first") from error


def _text(part: MIMEPart) -> Traced:
    """Return the text of a part and of those in it, in their order."""
    kind, main = part.get_content_type(), part.get_content_maintype()
    if part.get_content_disposition() == "attachment" and kind != "message/rfc822":
        return verbatim("")
    if main == "multipart":
        return _multipart(part, kind)
    if kind == "message/rfc822":
        return _forwarded(part)
    if kind == "text/html":
        return read_html(_content(part))
    return _plain(part) if kind in TEXTS or (main == "text" and kind != CALENDAR) else verbatim("")


def _multipart(part: MIMEPart, kind: str) -> Traced:
    if not part.is_multipart():
        return _without_boundary(part)
    children = [child for child in part.get_payload() if isinstance(child, MIMEPart)]
    if kind == "multipart/related":
        children = children[:1]
    if kind != "multipart/alternative":
        return joined([_text(child) for child in children])
    # The plain text is what the author's program made of it; HTML is for those without.
    children.sort(key=lambda child: child.get_content_type() != "text/plain")
    texts = map(_text, children)
    return next((text for text in texts if text.text.strip()), verbatim(""))


def _without_boundary(part: MIMEPart) -> Traced:
    """Read a multipart whose header names no boundary by the one in its text."""
    body = part.get_payload(decode=True)
    body = body if isinstance(body, bytes) else b""
    line = next((line for line in body.split(b"\n", 20) if line.startswith(b"--")), b"").strip()
    if len(line) <= 2:
        return verbatim(decode(body))
    head = b'Content-Type: multipart/mixed; boundary="' + line[2:] + b'"\n\n'
    again = BytesParser(policy=policy.default).parsebytes(head + body)
    return _text(again) if again.is_multipart() else verbatim(decode(body))


def _forwarded(part: MIMEPart) -> Traced:
    """Return an attached mail as a mail program writes one that it passes on."""
    children = part.get_payload()
    message = children[0] if isinstance(children, list) and children else None
    if not isinstance(message, EmailMessage):
        return verbatim("")
    headers = _headers(message)
    heads = (f"{name}: {headers.get(name.lower(), '')}" for name in FORWARDED)
    head = "\n".join(["---------- Forwarded message ----------", *heads])
    return joined([verbatim(head), _text(message)])


def _plain(part: MIMEPart) -> Traced:
    text = _content(part)
    if part.get_param("format", "") == "flowed":
        return unflow(text, delsp=part.get_param("delsp", "") == "yes")
    return verbatim(text)


def _content(part: MIMEPart) -> str:
    _name_encoding(part)
    payload = part.get_payload(decode=True)
    if not isinstance(payload, bytes):
        return ""
    meta = META_CHARSET.search(payload[:4000]) if part.get_content_subtype() == "html" else None
    names = (part.get_content_charset(""), meta[1].decode("ascii", "replace") if meta else "")
    return line_ends(decode(payload, *names))


def _name_encoding(part: MIMEPart) -> None:
    """Write a transfer encoding as the parser knows it, which takes ``base64`` to the letter."""
    written = re.sub(r"[^a-z0-9]", "", str(part.get("Content-Transfer-Encoding", ""))[:80].lower())
    for start, name in ENCODINGS:
        if written.startswith(start):
            part.replace_header("Content-Transfer-Encoding", name)


def _headers(message: EmailMessage) -> dict[str, str]:
    headers: dict[str, str] = {}
    for name, raw in message.raw_items():
        value = _header(message, name, raw)
        key = str(name).lower()
        headers[key] = f"{headers[key]}\n{value}" if key in headers else value
    return headers


def _header(message: EmailMessage, name: str, raw: str) -> str:
    raw = readable(str(raw))
    try:
        value = str(message.policy.header_fetch_parse(name, raw))
    except Exception:  # the standard parser fails in many ways; a header must not cost the mail
        value = raw
    # Raw bytes come as surrogates, which no JSON can carry.
    return value.encode("utf-8", "replace").decode()
