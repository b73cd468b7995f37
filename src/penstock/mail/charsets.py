"""Bytes to text, where their charset is named wrongly, not at all, or by an unknown name."""

from __future__ import annotations

import codecs
import re

from penstock.mail.scripts import guess

__all__ = ["decode"]

BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # ahead of UTF-16, with whose mark it begins
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
# Names that programs write and Python does not know, by what is left of them in NAMED.
ALIASES = {
    "iso88598i": "iso8859-8",
    "iso88598e": "iso8859-8",
    "unicode11utf7": "utf-7",
    "gb231280": "gb18030",
    "euccn": "gb18030",
    "cngb": "gb18030",
    "sjis": "cp932",
    "ksc56011987": "cp949",
    "ksc5601": "cp949",
    "cnbig5": "cp950",
    "eucjpms": "euc_jp",
    "koi8ru": "koi8-u",
    "koi8": "koi8-r",
    "maccyrillic": "mac_cyrillic",
    "macce": "mac_latin2",
    "unicode": "utf-16",
    "windows31j": "cp932",
}
NAMED = (
    (re.compile(r"utf[-_ ]?8"), "utf-8"),
    (re.compile(r"(?:windows|win|cp|ms|ibm|dos)[-_ ]?(?:cp)?[-_ ]?(\d{3,5})"), "cp{}"),
    (re.compile(r"iso[-_ ]?8859[-_ ]?(\d{1,2})"), "iso8859-{}"),
)
# What programs mean by a charset's name has more characters (as browsers read them: WHATWG).
MEANT = {
    "ascii": ("cp1252",),
    "iso8859-1": ("cp1252",),
    "iso8859-9": ("cp1254",),
    "iso8859-11": ("cp874",),
    "tis-620": ("cp874",),
    "gb2312": ("gb18030",),
    "gbk": ("gb18030",),
    "hz": ("hz", "gb18030"),
    "big5": ("cp950", "big5hkscs"),
    "cp950": ("cp950", "big5hkscs"),
    "shift_jis": ("cp932", "shift_jisx0213"),
    "cp932": ("cp932", "shift_jisx0213"),
    "euc_jp": ("euc_jp", "euc_jis_2004"),
    "iso2022_jp": ("iso2022_jp", "iso2022_jp_ext", "iso2022_jp_2004"),
    "euc_kr": ("cp949",),
}
# Codecs of the standard library that are no charset of a mail; some take quadratic time.
NO_CHARSET = frozenset(
    {"idna", "punycode", "unicode-escape", "raw-unicode-escape", "undefined", "mbcs", "oem"}
)
# Read by programs that name a charset by default, whatever the bytes are.
DEFAULTS = frozenset({"", "cp1252", "utf-8"})
ASIAN = frozenset({"gb18030", "cp950", "cp932", "euc_jp", "cp949", "johab"})
# Characters of UTF-8 in a row of bytes that another charset can hardly make.
SURE = 4
ESCAPED = (
    (re.compile(rb"\x1b\$\)C"), "iso2022_kr"),
    (re.compile(rb"\x1b\$[@B]|\x1b\([IJ]|\x1b\$\("), "iso2022_jp"),
)


def decode(content: bytes, *names: str) -> str:
    """Return the text of bytes. Never raises.

    A byte order mark tells the charset; else it is the first of `names` that is one, unless
    the bytes show that they are something else: UTF-8 is told by itself, and what only passes
    for a default (ASCII, Latin-1, UTF-8, nothing) is guessed from its characters.

    Parameters
    ----------
    content : of any length.
    names : charsets as mails name them, the most trusted first; unknown ones are passed over.
    """
    for mark, codec in BOMS:
        if content.startswith(mark):
            return content[len(mark) :].decode(codec, "replace")
    codecs_named = next(filter(None, map(_codecs, names)), ())
    codec = _codec(content, codecs_named)
    return content.decode(codec, "replace")


def _codecs(name: str) -> tuple[str, ...]:
    """Return Python's names for a charset, the best first; () for what is none."""
    name = name.strip(" \t\"';").lower().removeprefix("charset=")
    while name.startswith("x-"):
        name = name[2:]
    found = _lookup(name) or _lookup(ALIASES.get(re.sub(r"[^a-z0-9]", "", name), ""))
    for pattern, codec in NAMED if not found else ():
        if match := pattern.search(name):
            found = found or _lookup(codec.format(*match.groups()))
    return MEANT.get(found, (found,)) if found else ()


def _lookup(name: str) -> str:
    try:
        found = codecs.lookup(name).name if name else ""
        b"ab".decode(found or "ascii", "replace")  # not rot13, nor zlib
    except (LookupError, ValueError, UnicodeError):
        return ""
    return "" if found in NO_CHARSET else found


def _codec(content: bytes, named: tuple[str, ...]) -> str:
    """Return the codec that reads the bytes best."""
    first = named[0] if named else ""
    if wide := _wide(content, first):
        return wide
    if content.isascii():
        return _first_of(content, named) if first not in DEFAULTS else _escaped(content)
    utf_8 = _strict(content, "utf-8")
    if utf_8 is not None and _is_utf_8(content, utf_8, first):
        return "utf-8"
    if first not in DEFAULTS:
        return _first_of(content, named)
    return "utf-8" if _is_mostly_utf_8(content, first) else guess(content)


def _first_of(content: bytes, named: tuple[str, ...]) -> str:
    """Return the first codec that reads all of the bytes; the first where none does."""
    return next((codec for codec in named if _strict(content, codec) is not None), named[0])


def _strict(content: bytes, codec: str) -> str | None:
    try:
        return content.decode(codec)
    except ValueError:
        return None


def _wide(content: bytes, first: str) -> str:
    """Return the codec of two or four bytes for a character; "" where it is none."""
    if content.count(0) * 4 >= len(content) > 1:
        high = content[::2].count(0) > content[1::2].count(0)
        wide = "utf-32" if content.count(0) * 8 > len(content) * 5 else "utf-16"
        return f"{wide}-{'be' if high else 'le'}" if 0 in content[:8] or first else ""
    if not first.startswith(("utf-16", "utf-32")):
        return ""
    # The program named it, and sent UTF-8.
    return "utf-8" if 0 not in content and _strict(content, "utf-8") is not None else first


def _escaped(content: bytes) -> str:
    """Return the codec of ASCII bytes, in which escape sequences may change the charset."""
    if b"\x1b" not in content:
        return "utf-8"
    found = (codec for pattern, codec in ESCAPED if pattern.search(content))
    return next((codec for codec in found if _strict(content, codec) is not None), "utf-8")


def _is_utf_8(content: bytes, text: str, first: str) -> bool:
    """Whether bytes that are valid UTF-8, `text`, are that and not the charset `first`."""
    if first in DEFAULTS:
        return True
    other = _strict(content, first)
    characters = re.sub(r"[\0-\x7f]+", "", text)
    if other is None or len(characters) >= SURE:
        return True
    if first in ASIAN:
        return all("\u2000" <= character <= "\uffef" for character in characters)
    return not all(map(str.isalpha, re.sub(r"[\0-\x7f]+", "", other)))


def _is_mostly_utf_8(content: bytes, first: str) -> bool:
    """Whether bytes are UTF-8 but for a few that are broken, or cut off."""
    text = content.decode("utf-8", "replace")
    broken = text.count("\ufffd") - content.count("\ufffd".encode())
    good = sum(content.count(byte) for byte in LEADS) - broken
    return good >= broken if first == "utf-8" else good >= SURE * broken


LEADS = [bytes([byte]) for byte in range(0xC2, 0xF5)]
