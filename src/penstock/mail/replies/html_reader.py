"""Collects the lines of HTML while its tags and texts go by."""

from __future__ import annotations

from dataclasses import dataclass, field
from html import unescape

from penstock.mail.replies.attributions import WROTE
from penstock.mail.replies.elements import BLOCKS, CELLS, MEANT, VOID, Meaning, meaning
from penstock.mail.replies.headers import header_field
from penstock.mail.replies.traced import Anchor, Traced

__all__ = ["Reader"]

SEPARATOR = "-----Original Message-----"
RULE = "_" * 32
# Stands for a divider until it is known whether headers follow it.
DIVIDER = "\x00"
FORWARD = ("--", "begin forwarded", "forwarded message")
SIGNATURE = "--"
# Of this many words at most is a name that stands above a divider, in the quote's element.
NAME_WORDS = 3


# A mail program needs no more for who wrote the quoted mail, and when.
ATTRIBUTION_LINES = 3


def _introduces(line: str) -> bool:
    """Whether a marked line introduces a quoted mail, in whatever language."""
    line = line.removeprefix("> ").rstrip()
    if header_field(line) is not None:
        return True
    dated = "@" in line or any(map(str.isdigit, line[:200])) or WROTE.search(line[:200])
    return line.endswith((":", "：")) and bool(dated)


@dataclass(slots=True)
class _Open:
    """An element that is open, whether it marks its lines as quoted, and its first line."""

    name: str
    quoted: bool
    gmail: bool
    line: int
    told: bool = False  # of Gmail's: whether an attribution or a quote stands in it


@dataclass(slots=True)
class Reader:
    """Takes tags and texts in order; block elements break lines. Never raises."""

    lines: list[str] = field(default_factory=list)
    places: list[int] = field(default_factory=list)  # in the HTML, of each line
    current: list[str] = field(default_factory=list)  # pieces of the line that is open
    began: int = 0  # where in the HTML it began
    stack: list[_Open] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)
    meanings: dict[tuple[str, str], Meaning] = field(default_factory=dict)
    names: dict[int, int] = field(default_factory=dict)  # by divider, the line of a name
    depth: int = 0  # how many open elements mark their lines
    pre: int = 0
    gmails: list[_Open] = field(default_factory=list)  # Gmail's elements that are open
    # Gmail's quote, while its first words have not been seen.
    fresh: _Open | None = None
    # Where a signature's element was opened none of whose words has been seen; else -1.
    signs: int = -1

    def start(self, name: str, attributes: str, place: int) -> None:
        """Take a start tag that stands at `place` in the HTML."""
        if name in CELLS:
            self.current.append(" ")
        if name not in MEANT:
            return
        key = (name, attributes)
        if (meant := self.meanings.get(key)) is None:
            meant = self.meanings[key] = meaning(name, attributes)
        if meant.divider and not self.depth:
            self._break(place)
            self.current.append(SEPARATOR)
            self._break(place)
        if name in VOID:
            self._break(place)
            if name == "hr":
                self._divide(place)
            return
        self._open(name, meant, place)

    def _open(self, name: str, meant: Meaning, place: int) -> None:
        block = name in BLOCKS
        if block or meant.quote:
            self._break(place)
        if self.gmails and meant.quote and (name == "blockquote" or not meant.gmail):
            self._tell(self.gmails[-1], attributed=name != "blockquote")
        element = _Open(name, meant.quote, meant.gmail, len(self.lines))
        self.stack.append(element)
        self.counts[name] = self.counts.get(name, 0) + 1
        self.pre += name == "pre"
        if meant.gmail:
            self.fresh = element
        if meant.gmail and name != "blockquote":
            self.gmails.append(element)
        if meant.signature:
            self.signs = place
        if meant.quote:
            self.depth += 1
            self.current = ["> "]
        if block and meant.border:
            self._divide(place)

    def end(self, name: str, place: int) -> None:
        """Take an end tag; `place` is behind it."""
        if self.counts.get(name):
            if name in BLOCKS:
                self._break(place)
            depth = self.depth
            while self.stack:
                element = self.stack.pop()
                self._close(element)
                if element.name == name:
                    break
            if self.depth != depth:
                self._break(place)
        elif name in BLOCKS:
            self._break(place)

    def _close(self, element: _Open) -> None:
        self.counts[element.name] -= 1
        self.depth -= element.quoted
        self.pre -= element.name == "pre"
        if self.gmails and self.gmails[-1] is element:
            self.gmails.pop()
            if element.told and self.gmails:
                self.gmails[-1].told = True
            elif element.quoted and not element.told and not self.depth:
                self._free(element.line)
        if element.name == "blockquote" and self.stack and self.stack[-1].gmail:
            # Gmail puts the answers between its quotes beside them.
            self._unquote(self.stack[-1])

    def _tell(self, element: _Open, *, attributed: bool) -> None:
        """Note that a quote starts in Gmail's element; what stands above it is the author's.

        Right above a quote without an attribution of its own that is what stands there.
        """
        if not element.told and element.quoted and self.depth == 1:
            filled = [n for n in range(element.line, len(self.lines)) if self.lines[n]]
            if attributed:
                self._free(element.line)
            elif len(filled) > ATTRIBUTION_LINES:
                self._free(element.line, filled[-1])
        element.told = True

    def _free(self, start: int, stop: int | None = None) -> None:
        """Take the marks from lines that an element's class alone made a quote."""
        lines = self.lines[start:stop]
        if not any(map(_introduces, [line for line in lines if line][:ATTRIBUTION_LINES])):
            self.lines[start:stop] = [line.removeprefix("> ") for line in lines]

    def _unquote(self, element: _Open) -> None:
        self.depth -= element.quoted
        element.quoted = False

    def data(self, text: str, place: int) -> None:
        """Take text between tags, which starts at `place`."""
        if not self.pre:
            return self._words(text, place)
        for number, line in enumerate(text.split("\n")):
            if number:
                self._break(place)
            self._words(line, place)
            place += len(line) + 1
        return None

    def _words(self, text: str, place: int) -> None:
        if "&" in text:
            text = unescape(text)
        if DIVIDER in text:
            text = text.replace(DIVIDER, " ")
        words = text.split()
        if words:
            self._first_words(text.strip(), place)
            before = " " if text[0].isspace() else ""
            after = " " if text[-1].isspace() else ""
            self.current.append(f"{before}{' '.join(words)}{after}")
        elif text:
            self.current.append(" ")

    def _first_words(self, text: str, place: int) -> None:
        """Look at the first words of a quote of Gmail's, and of a signature."""
        if self.fresh:
            if text[:40].casefold().startswith(FORWARD):
                self._open_forward(self.fresh, place)
            self.fresh = None
        if self.signs >= 0:
            begins = max(self.signs, self.began)
            self.signs = -1
            if not self.depth and not text.startswith(SIGNATURE):
                self._break(begins)
                self.current.append(SIGNATURE)
                self._break(place)

    def _open_forward(self, outer: _Open, place: int) -> None:
        """A forward is told by its text, in lines without marks: Gmail puts it in no quote."""
        for element in reversed(self.stack):
            self._unquote(element)
            if element is outer:
                break
        self.current = []
        self._break(place)

    def _divide(self, place: int) -> None:
        self.names[len(self.lines)] = self._name_above()
        self.current.append(DIVIDER)
        self._break(place)

    def _name_above(self) -> int:
        """Return the line of a name that opens the element of a divider; -1 for none.

        Zimbra, as Comcast had it, puts the author's name into the quote's element.
        """
        first = self.stack[-1].line if self.stack else 0
        filled = [n for n in range(first, min(len(self.lines), first + 9)) if self.lines[n]]
        if first == 0 or len(filled) != 1 or len(self.lines) > first + 8:
            return -1
        words = self.lines[filled[0]].split()
        named = len(words) <= NAME_WORDS and all(word.isalpha() for word in words)
        return filled[0] if named else -1

    def _break(self, place: int) -> None:
        line = "".join(self.current).strip()
        if line == ">":
            line = ""
        # One blank line is as good as many.
        if line or (self.lines and self.lines[-1]):
            self.lines.append(line)
            self.places.append(self.began)
        self.current = ["> "] if self.depth else []
        self.began = place

    def traced(self, html: str) -> Traced:
        """Return the text of all that was taken."""
        self._break(len(html))
        while self.stack:
            self._close(self.stack.pop())
        self._draw_rules()
        anchors: list[Anchor] = []
        texts: list[str] = []
        offset = 0
        for line, place in zip(self.lines, self.places, strict=True):
            if line or (texts and texts[-1]):
                anchors.append(Anchor(offset, 0, place, False))
                texts.append(line)
                offset += len(line) + 1
        text = "\n".join(texts).rstrip()
        return Traced(text, tuple(anchors) or (Anchor(0, 0, 0, False),), (html,))

    def _draw_rules(self) -> None:
        """Draw a rule where a divider stood above headers; elsewhere it says nothing."""
        for number, name in self.names.items():
            line = self.lines[number] if number < len(self.lines) else ""
            below = (text for text in self.lines[number + 1 : number + 6] if text.strip("> \x00"))
            heads = header_field(next(below, "")) is not None
            if DIVIDER in line:
                self.lines[number] = line.replace(DIVIDER, RULE) if heads else ""
            if heads and name >= 0:
                self.lines[name] = "> " + self.lines[name]
