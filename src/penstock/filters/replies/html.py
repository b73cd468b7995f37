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
from collections.abc import Iterator
from dataclasses import dataclass, field
from html import unescape

from penstock.filters.replies.openings import header_field

__all__ = ["html_to_text", "is_html"]

# More tags than a person's mail has; of what follows only the text is kept.
MAX_TAGS = 6_000
# After so many tags without an end, tags are no longer read, only passed over.
MAX_BROKEN = 50

# Elements whose start and end break a line.
# fmt: off
BLOCKS = frozenset(
    {
        "address", "article", "blockquote", "body", "br", "center", "dd", "div", "dl", "dt",
        "fieldset", "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "li",
        "main", "ol", "p", "pre", "section", "table", "tr", "ul",
    }
)
# fmt: on
CELLS = frozenset({"td", "th"})
# They hold no text of the mail; up to their end tag nothing is markup.
RAW = {
    name: re.compile(rf"</{name}\b[^>]{{0,200}}+>?", re.IGNORECASE)
    for name in ("script", "style", "title", "template", "noscript")
}
# Without an end tag; they are never open.
VOID = frozenset({"br", "hr"})

# Elements whose content is a quoted mail, by class or id, and whose they are.
QUOTES = frozenset(
    {
        "gmail_attr",  # Gmail: the attribution
        "moz-cite-prefix",  # Thunderbird: the attribution
        "yahoo_quoted",  # Yahoo
        "protonmail_quote",  # Proton Mail
        "tutanota_quote",  # Tuta
        "zmail_extra",  # Zoho
        "olk_src_body_section",  # Outlook for Mac
        "mail-editor-reference-message-container",  # new Outlook
        "ms-outlook-mobile-reference-message",  # Outlook for telephones
        "outlookmessageheader",  # Outlook 2003
        "reply-intro",  # Roundcube: the attribution
    }
)
GMAIL = "gmail_quote"
# Below these everything is quoted, and why.
DIVIDERS = frozenset(
    {
        "divrplyfwdmsg",  # Outlook web
        "stopspelling",  # Hotmail
        "zwchr",  # Zimbra
        "isforwardcontent",
        "isreplycontent",
        "orimsghtmlseperator",  # Daum
    }
)
SEPARATOR = "-----Original Message-----"
RULE = "_" * 32
# Stands for a divider until it is known whether headers follow it.
DIVIDER = "\x00"
FORWARD = ("--", "begin forwarded", "forwarded message")

# Attributes in quotes may hold ">". Atomic and bounded: nothing is tried twice.
TAG = re.compile(
    r"<(/?)([a-zA-Z][^\s/>]{0,40}+)"
    r"((?:[^>\"']{1,2000}+|\"[^\"]{0,2000}+\"|'[^']{0,2000}+'){0,50}+)>"
)
ATTRIBUTE = re.compile(
    r"\b(class|id|type|style|name|data-marker)\s{0,3}=\s{0,3}(?:\"([^\"]{0,500})|'([^']{0,500})|"
    r"([^\s\"'>]{1,500}))",
    re.IGNORECASE,
)
TOP_BORDER = re.compile(r"border-top\s{0,3}:\s{0,3}(?:solid|[\d.]{1,5}\w{2} solid)", re.IGNORECASE)
NO_BORDER = re.compile(r"border\s{0,3}:\s{0,3}(?:none|0)", re.IGNORECASE)
SPACE = re.compile(r"\s+")
ANY_TAG = re.compile(r"<[^<>]{0,2000}+>")
LOOKS_HTML = re.compile(
    r"\s{0,100}<(?:!doctype\s|!--|html|head|body|div|p|span|table|meta|style|font|blockquote)\b",
    re.IGNORECASE,
)


def is_html(text: str) -> bool:
    """Whether a text is HTML: it starts with a tag of a mail and has an end tag."""
    return LOOKS_HTML.match(text) is not None and "</" in text


def html_to_text(html: str) -> str:
    """Return the text of HTML, a line for each block, quotes marked with ``>``.

    Never raises, and takes a time that is linear in the size.
    """
    reader = _Reader()
    _feed(reader, html)
    return reader.text()


def _feed(reader: _Reader, html: str) -> None:
    place, tags, broken = 0, 0, 0
    missing: set[str] = set()
    while (start := html.find("<", place)) >= 0 and tags < MAX_TAGS:
        tags += 1
        reader.data(html[place:start])
        following = html[start + 1 : start + 2]
        if not following or not (following in "!?/" or following.isalpha()):
            reader.data("<")
            place = start + 1
        elif broken < MAX_BROKEN and (match := TAG.match(html, start)):
            place = _tag(reader, html, match, missing)
        else:
            broken += following.isalpha()
            end = "-->" if html.startswith("<!--", start) else ">"
            place = _after(html, end, start + 1, missing)
    rest = html[place:]
    reader.data(ANY_TAG.sub(" ", rest) if tags >= MAX_TAGS else rest)


def _tag(reader: _Reader, html: str, match: re.Match[str], missing: set[str]) -> int:
    name = match[2].lower()
    if match[1]:
        reader.end(name)
        return match.end()
    reader.start(name, match[3])
    if name not in RAW or name in missing:
        return match.end()
    if (end := RAW[name].search(html, match.end())) is None:
        missing.add(name)
        return match.end()
    reader.end(name)
    return end.end()


def _after(html: str, end: str, place: int, missing: set[str]) -> int:
    """Return the place after the next `end`; `place` where there is none."""
    if end in missing:
        return place
    if (found := html.find(end, place)) < 0:
        missing.add(end)
        return place
    return found + len(end)


def _attributes(text: str) -> dict[str, str]:
    """Return those attributes that tell a quote, names in lower case."""
    found: dict[str, str] = {}
    for match in ATTRIBUTE.finditer(text[:4000]):
        found.setdefault(match[1].lower(), next(v for v in match.groups()[1:] if v is not None))
    return found


def _marks(attributes: dict[str, str]) -> set[str]:
    """Return classes, id and name of an element, in lower case."""
    values = (attributes.get(key, "") for key in ("class", "id", "name", "data-marker"))
    return set(" ".join(values).lower().split())


def _is_quote(name: str, attributes: dict[str, str], marks: set[str]) -> bool:
    if name != "blockquote":
        return bool(marks & QUOTES)
    # An indented paragraph, as Gmail and Apple Mail write it, is the author's.
    plain = not marks and "type" not in attributes
    return not (plain and NO_BORDER.search(attributes.get("style", "")))


def _with_rules(lines: list[str]) -> Iterator[str]:
    """Draw a rule where a divider stood above a block of headers; elsewhere it says nothing."""
    for number, line in enumerate(lines):
        if DIVIDER not in line:
            yield line
            continue
        below = (text for text in lines[number + 1 : number + 6] if text.strip("> " + DIVIDER))
        heads = header_field(next(below, "")) is not None
        yield line.replace(DIVIDER, RULE) if heads else ""


@dataclass(slots=True)
class _Open:
    """An element that is open, and whether it marks its lines as quoted."""

    name: str
    quoted: bool
    gmail: bool = False


@dataclass(slots=True)
class _Reader:
    """Collects text; block elements break lines."""

    pieces: list[str] = field(default_factory=list)
    stack: list[_Open] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)
    depth: int = 0  # how many open elements mark their lines
    pre: int = 0
    # Gmail's quote, while its first words have not been seen.
    fresh: _Open | None = None

    def start(self, name: str, attributes: str) -> None:
        if name in CELLS:
            self.pieces.append(" ")
        if name not in BLOCKS and name not in ("span", "td"):
            return
        found = _attributes(attributes) if attributes else {}
        marks = _marks(found)
        if marks & DIVIDERS and not self.depth:
            self.pieces.append(f"\n{SEPARATOR}\n")
        if name in VOID:
            self._break()
            if name == "hr":
                self.pieces.append(DIVIDER + "\n" + self._mark())
            return
        element = _Open(name, _is_quote(name, found, marks))
        if GMAIL in marks and name != "blockquote":
            element.quoted = element.gmail = True
            self.fresh = element
        self.stack.append(element)
        self.counts[name] = self.counts.get(name, 0) + 1
        self.depth += element.quoted
        self.pre += name == "pre"
        if name in BLOCKS:
            self._break()
            if TOP_BORDER.search(found.get("style", "")):
                self.pieces.append(DIVIDER + "\n" + self._mark())

    def end(self, name: str) -> None:
        if not self.counts.get(name):
            if name in BLOCKS:
                self._break()
            return
        while self.stack:
            element = self.stack.pop()
            self._close(element)
            if element.name == name:
                break
        if name in BLOCKS:
            self._break()

    def _close(self, element: _Open) -> None:
        self.counts[element.name] -= 1
        self.depth -= element.quoted
        self.pre -= element.name == "pre"
        if element.name == "blockquote" and self.stack and self.stack[-1].gmail:
            # Gmail puts the answers between its quotes beside them.
            self._unquote(self.stack[-1])

    def _unquote(self, element: _Open) -> None:
        self.depth -= element.quoted
        element.quoted = False

    def _open_forward(self, outer: _Open) -> None:
        """A forward is told by its text, in lines without marks: Gmail puts it in no quote."""
        for element in reversed(self.stack):
            self._unquote(element)
            if element is outer:
                break
        self._break()

    def data(self, text: str) -> None:
        if not text:
            return
        text = unescape(text).replace(DIVIDER, " ")
        if self.fresh and text.strip():
            if text.strip()[:40].casefold().startswith(FORWARD):
                self._open_forward(self.fresh)
            self.fresh = None
        if self.pre:
            self.pieces.append(text.replace("\n", "\n" + self._mark()))
        else:
            self.pieces.append(SPACE.sub(" ", text))

    def _break(self) -> None:
        self.pieces.append("\n" + self._mark())

    def _mark(self) -> str:
        return "> " if self.depth else ""

    def text(self) -> str:
        lines = [line.strip() for line in "".join(self.pieces).split("\n")]
        lines = ["" if line == ">" else line for line in _with_rules(lines)]
        kept = (line for n, line in enumerate(lines) if line or (n and lines[n - 1]))
        return "\n".join(kept).strip()
