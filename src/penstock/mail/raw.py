"""The bytes of a mail as the standard library's parser can read them.

The parser takes the first line that is no header for the end of the headers: a byte order mark,
a blank line ahead of them or a blank in front of a colon would cost all of them.
"""

from __future__ import annotations

import codecs
import re

__all__ = ["line_ends", "mended"]

# Of four and of two bytes for a character, by the mark or by "F" and "r" of "From".
WIDE = (
    (re.compile(rb"\xff\xfe\0\0|(?:[!-~]\0\0\0){2}"), "utf-32-le"),
    (re.compile(rb"\0\0\xfe\xff|(?:\0\0\0[!-~]){2}"), "utf-32-be"),
    (re.compile(rb"\xff\xfe|(?:[!-~\s]\0){4}"), "utf-16-le"),
    (re.compile(rb"\xfe\xff|(?:\0[!-~\s]){4}"), "utf-16-be"),
)
# Byte order marks, also such as were taken for Latin-1, and blank lines.
AHEAD = re.compile(rb"(?:\xef\xbb\xbf|\xc3\xaf\xc2\xbb\xc2\xbf|[ \t\r\n])++")
# Names that mails have: "Note: call me" on the first line is the author's.
HEADER = (
    rb"(?:return-path|received|delivered-to|envelope-to|(?:resent-)?(?:from|to|cc|bcc|sender|date|"
    rb"message-id)|subject|reply-to|mime-version|content-[\w-]{1,40}|references|in-reply-to|"
    rb"(?:x|arc|dkim|list|thread|auto|authentication|received)-[\w-]{1,60}|dkim|domainkey-signature|"
    rb"precedence|user-agent|importance|priority|organi[sz]ation|comments|keywords|sensitivity)"
)
HEADERS = re.compile(
    rb"(?:From [^\r\n]{1,500}|" + HEADER + rb"[ \t]{0,9}:[^\r\n]{0,2000})"
    rb"(?:\r?\n(?:[ \t]|[!-9;-~]{1,80}[ \t]{0,9}:|\r?\n)|(?:\r?\n)?\Z)",
    re.IGNORECASE,
)
SPACED = re.compile(rb"^(" + HEADER + rb")[ \t]{1,9}:", re.IGNORECASE | re.MULTILINE)
BLANK = re.compile(rb"\n\r?\n")
LONE = re.compile(rb"\r(?!\n)\r*+\n?")
LONE_TEXT = re.compile(r"\r(?!\n)\r*+\n?")


def mended(content: bytes) -> bytes:
    """Return the bytes of a mail, from its first header, in ASCII or UTF-8, lines ended by LF.

    What needs no mending comes back as it is; so do bytes that do not start with headers.
    """
    content = _narrow(content)
    if content.count(b"\r") > content.count(b"\n"):
        content = LONE.sub(_ended, content)
    ahead = AHEAD.match(content)
    start = ahead.end() if ahead else 0
    if not HEADERS.match(content, start):
        return content
    blank = BLANK.search(content, start)
    end = blank.start() if blank else len(content)
    return SPACED.sub(rb"\1:", content[start:end]) + content[end:]


def line_ends(text: str) -> str:
    r"""Return text whose lines end with ``\n``, not with ``\r`` alone; its length is kept."""
    if text.count("\r") <= text.count("\n"):
        return text
    return LONE_TEXT.sub(lambda m: m[0] if m[0][-1] == "\n" else "\n" * len(m[0]), text)


def _narrow(content: bytes) -> bytes:
    """Return UTF-16 and UTF-32, as editors save a mail, as UTF-8."""
    codec = next((codec for start, codec in WIDE if start.match(content)), None)
    if codec is None:
        return content
    return content.decode(codec, "replace").encode("utf-8", "replace").removeprefix(codecs.BOM_UTF8)


def _ended(match: re.Match[bytes]) -> bytes:
    r"""One line end for ``\r\r\n``, one for each ``\r`` elsewhere."""
    return b"\r\n" if match[0].endswith(b"\n") else b"\n" * len(match[0])
