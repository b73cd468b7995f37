"""Bytes to text: a byte order mark, UTF-16 without one, else UTF-8. Standard library only."""

from __future__ import annotations

import codecs

from penstock.errors import DataError

__all__ = ["decoded", "encoding_of"]

# The longer mark first: that of UTF-32 begins with that of UTF-16.
MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
NAMES = {"utf-8-sig": "UTF-8", "utf-8": "UTF-8", "utf-32": "UTF-32"}
LOOKED_AT = 1000


def encoding_of(start: bytes) -> str:
    """Return Python's name of the encoding of bytes, from their first thousand or so."""
    for mark, name in MARKS:
        if start.startswith(mark):
            return name
    start = start[:LOOKED_AT]
    # In UTF-16 every other byte of what is mostly Latin is 0, and text holds no 0 otherwise.
    if _mostly_zero(start[1::2]):
        return "utf-16-le"
    return "utf-16-be" if _mostly_zero(start[0::2]) else "utf-8"


def decoded(raw: bytes, where: str) -> tuple[str, str]:
    """Return the text of a file and the name of its encoding, such as ``UTF-16``.

    Parameters
    ----------
    raw : all of the file.
    where : it is, for the error.

    Raises
    ------
    DataError : the bytes are none of their encoding's; with the line.
    """
    codec = encoding_of(raw)
    name = NAMES.get(codec, "UTF-16")
    try:
        return raw.decode(codec), name
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        start = min(error.start, len(raw) - 1)
        raise DataError(
            f"byte 0x{raw[start]:02x} is not {name}",
            where=f"{where}, line {line}",
            hint="save the file as UTF-8; it may be Latin-1 or Windows-1252",
        ) from None


def _mostly_zero(half: bytes) -> bool:
    return len(half) > 1 and half.count(0) > 0.7 * len(half)
