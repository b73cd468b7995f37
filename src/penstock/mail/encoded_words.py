"""Encoded words (RFC 2047) and raw bytes in headers, made such that Python reads them."""

from __future__ import annotations

import base64
import binascii
import re
from itertools import groupby

from penstock.mail.charsets import decode

__all__ = ["readable"]

WORD = re.compile(r"=\?([^\s?*]{1,60})(?:\*[^\s?]{0,20})?\?([bq])\?([^\s?]{0,2000})\?=", re.I)
# Words with white space between them are one text: a character may be split over two.
RUN = re.compile(
    r"=\?[^\s?]{1,80}\?[bq]\?[^\s?]{0,2000}\?=(?:\s{0,9}=\?[^\s?]{1,80}\?[bq]\?[^\s?]{0,2000}\?=)*+",
    re.I,
)


def readable(raw: str) -> str:
    """Return a header's value as the parser gives it, every charset in it turned into UTF-8.

    Parameters
    ----------
    raw : bytes that are not ASCII stand in it as surrogates.
    """
    if not raw.isascii():
        raw = decode(raw.encode("utf-8", "surrogateescape"))
    return RUN.sub(_utf_8, raw) if "=?" in raw else raw


def _utf_8(match: re.Match[str]) -> str:
    """Return a run of encoded words as one in UTF-8."""
    words = groupby(WORD.findall(match[0]), key=lambda word: word[0].lower())
    text = "".join(
        decode(b"".join(_bytes(encoding, encoded) for _, encoding, encoded in same), charset)
        for charset, same in words
    )
    encoded = base64.b64encode(text.encode("utf-8", "replace")).decode()
    return f"=?utf-8?b?{encoded}?="


def _bytes(encoding: str, encoded: str) -> bytes:
    if encoding in "qQ":
        return binascii.a2b_qp(encoded.encode("ascii", "replace"), header=True)
    try:
        return base64.b64decode(encoded.encode("ascii", "replace") + b"===")
    except ValueError:
        return b""
