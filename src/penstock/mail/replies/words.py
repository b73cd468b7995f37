"""The words of all languages, as the cutter looks for them, and characters that programs draw."""

from __future__ import annotations

import re

from penstock.mail.replies.languages import LANGUAGES

__all__ = ["COLONS", "DIRECTION", "DRAWN", "FIELDS", "FORWARDED", "ORIGINAL", "any_of", "split"]

DRAWN = "-_=*–—─━"
COLONS = ":："
# Right-to-left mails carry marks of direction around names and at the end of lines.
DIRECTION = "\ufeff\u200b\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"


def _words(field: str) -> list[str]:
    """Return the words of a column of the table, longest first."""
    words = {w for language in LANGUAGES.values() for w in getattr(language, field).split("|")}
    # Both ways of writing: a line is compared case-folded, and searched as it is.
    words |= {word.casefold() for word in words}
    return sorted(words - {""}, key=lambda word: (-len(word), word))


def split(field: str) -> tuple[list[str], list[str]]:
    """Return the words of scripts with spaces between words, and those of others.

    The others have no word boundary to ask for.
    """
    spaced: list[str] = []
    unspaced: list[str] = []
    for word in _words(field):
        cased = word.isascii() or word[0].lower() != word[0].upper()
        (spaced if cased else unspaced).append(word)
    return spaced, unspaced


def any_of(words: list[str]) -> str:
    """Return a pattern that matches any of the words."""
    return "|".join(map(re.escape, words))


ORIGINAL = frozenset(_words("original"))
FORWARDED = frozenset(_words("forwarded"))
FIELDS = {
    word: name
    for name in ("to", "cc", "from_", "sent", "subject", "reply_to")
    for word in _words(name)
}
