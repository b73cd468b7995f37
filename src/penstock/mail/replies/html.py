"""HTML to text, with quotes marked as a plain-text mail marks them.

Quotes are told by structure: the elements in which mail programs put them become lines with
``>``, the dividers that Outlook and others draw become the separators that they write in
plain text. What has no such structure is told by its text, as in any mail.

A tokeniser of our own, because the standard library's `html.parser` takes a time that is
quadratic in the size of some inputs (CVE-2025-6069), and lxml is too heavy for a server that
needs no tree. An end is looked for once and remembered where there is none; there is no
recursion, so that nesting has no limit.
"""

from __future__ import annotations

import re

from penstock.mail.replies.html_reader import Reader
from penstock.mail.replies.traced import Traced

__all__ = ["html_to_text", "is_html", "read_html"]

# More tags than a person's mail has; of what follows only the text is kept.
MAX_TAGS = 6_000
# After so many tags without an end, tags are no longer read, only passed over.
MAX_BROKEN = 50

# They hold no text of the mail; up to their end tag nothing is markup.
RAW = {
    name: re.compile(rf"</{name}\b[^>]{{0,200}}+>?", re.IGNORECASE)
    for name in ("script", "style", "title", "template", "noscript")
}
# Attributes in quotes may hold ">". Atomic and bounded: nothing is tried twice.
TAG = re.compile(
    r"<(/?)([a-zA-Z][^\s/>]{0,40}+)"
    r"((?:[^>\"']{1,2000}+|\"[^\"]{0,2000}+\"|'[^']{0,2000}+'){0,50}+)>"
)
ANY_TAG = re.compile(r"<[^<>]{0,2000}+>")
LOOKS_HTML = re.compile(
    r"[\s\ufeff]{0,100}<(?:!doctype\s|!--|\?xml\s|(?:html|head|body|div|p|span|table|meta|style|font|"
    r"blockquote|a|b|i|u|br|center|em|h[1-6]|img|link|ol|pre|section|strong|title|ul)\b[^@<]{0,500}>)",
    re.IGNORECASE,
)


def is_html(text: str) -> bool:
    """Whether a text is HTML: it starts with a tag of a mail and has an end tag."""
    return LOOKS_HTML.match(text) is not None and "</" in text


def html_to_text(html: str) -> str:
    """Return the text of HTML, a line for each block, quotes marked with ``>``.

    Never raises, and takes a time that is linear in the size.
    """
    return read_html(html).text


def read_html(html: str) -> Traced:
    """Return the text of HTML, as `html_to_text`, and where in it each line began."""
    reader = Reader()
    _feed(reader, html)
    return reader.traced(html)


def _feed(reader: Reader, html: str) -> None:
    place, tags, broken = 0, 0, 0
    missing: set[str] = set()
    while (start := html.find("<", place)) >= 0 and tags < MAX_TAGS:
        tags += 1
        if start > place:
            reader.data(html[place:start], place)
        following = html[start + 1 : start + 2]
        if not following or not (following in "!?/" or following.isalpha()):
            reader.data("<", start)
            place = start + 1
        elif broken < MAX_BROKEN and (match := TAG.match(html, start)):
            place = _tag(reader, html, match, missing)
        else:
            broken += following.isalpha()
            end = "-->" if html.startswith("<!--", start) else ">"
            place = _after(html, end, start + 1, missing)
    rest = html[place:]
    reader.data(ANY_TAG.sub(" ", rest) if tags >= MAX_TAGS else rest, place)


def _tag(reader: Reader, html: str, match: re.Match[str], missing: set[str]) -> int:
    name = match[2].lower()
    if match[1]:
        reader.end(name, match.end())
        return match.end()
    reader.start(name, match[3], match.start())
    if name not in RAW or name in missing:
        return match.end()
    if (end := RAW[name].search(html, match.end())) is None:
        missing.add(name)
        return match.end()
    return end.end()


def _after(html: str, end: str, place: int, missing: set[str]) -> int:
    """Return the place after the next `end`; `place` where there is none."""
    if end in missing:
        return place
    if (found := html.find(end, place)) < 0:
        missing.add(end)
        return place
    return found + len(end)
