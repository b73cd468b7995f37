"""A text that was read from others, and where each line of it stood there."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from typing import NamedTuple

__all__ = ["Anchor", "Traced", "joined", "verbatim"]


class Anchor(NamedTuple):
    """Where a line of the text was read.

    Attributes
    ----------
    offset : of its start in the text.
    original : index of the original.
    place : of its start there.
    exact : whether what follows is the same, character by character, up to the next anchor.
    """

    offset: int
    original: int
    place: int
    exact: bool


@dataclass(frozen=True, slots=True)
class Traced:
    """A text and where it was read.

    Attributes
    ----------
    text : what is cut: of HTML its text, of a mail that of its parts.
    anchors : ascending, the first at 0; both `offset` and (`original`, `place`) ascend.
    originals : what it was read from, decoded, in order.
    """

    text: str
    anchors: tuple[Anchor, ...]
    originals: tuple[str, ...]

    def place(self, offset: int) -> tuple[int, int]:
        """Return the index of an original, and where in it the text at `offset` stands."""
        if offset >= len(self.text):
            return len(self.originals) - 1, len(self.originals[-1])
        if offset <= 0:
            return 0, 0
        number = bisect_right(self.anchors, offset, key=lambda anchor: anchor.offset) - 1
        anchor = self.anchors[number]
        end = self._end(number)
        if offset == anchor.offset:
            return anchor.original, anchor.place
        if anchor.exact:
            return anchor.original, min(anchor.place + offset - anchor.offset, end)
        return anchor.original, self._find(number, offset, end)

    def _end(self, number: int) -> int:
        """Return where in its original the line of an anchor ends."""
        anchor = self.anchors[number]
        below = self.anchors[number + 1 : number + 2]
        if below and below[0].original == anchor.original:
            return below[0].place
        return len(self.originals[anchor.original])

    def _find(self, number: int, offset: int, end: int) -> int:
        """Return where the word at `offset`, within a line, stands in the original."""
        anchor, below = self.anchors[number], self.anchors[number + 1 : number + 2]
        words = self.text[offset : below[0].offset if below else None][:40].split(maxsplit=1)
        if not words:
            return end
        original, place = self.originals[anchor.original], anchor.place - 1
        for _ in range(1 + self.text.count(words[0], anchor.offset, offset)):
            if (found := original.find(words[0], place + 1, end)) < 0:
                break
            place = found
        return max(place, anchor.place)


def verbatim(text: str) -> Traced:
    """Return a text that is its own original."""
    return Traced(text, (Anchor(0, 0, 0, True),), (text,))


def joined(parts: list[Traced], separator: str = "\n\n") -> Traced:
    """Return parts as one, those of blank text left out of the text."""
    texts: list[str] = []
    anchors: list[Anchor] = []
    originals: list[str] = []
    offset = 0
    for part in parts:
        if part.originals == ("",):
            continue
        shift = len(originals)
        originals.extend(part.originals)
        text = part.text.strip("\r\n")
        if not text.strip():
            continue
        start = part.text.index(text)
        offset += len(separator) if texts else 0
        anchors.extend(
            Anchor(a.offset - start + offset, a.original + shift, a.place, a.exact)
            for a in _between(part.anchors, start, start + len(text))
        )
        texts.append(text)
        offset += len(text)
    if not texts:
        return Traced("", (Anchor(0, 0, 0, True),), tuple(originals) or ("",))
    return Traced(separator.join(texts), tuple(anchors), tuple(originals))


def _between(anchors: tuple[Anchor, ...], start: int, stop: int) -> list[Anchor]:
    """Return the anchors from `start` to `stop`, of those before it the last, moved there."""
    number = bisect_right(anchors, start, key=lambda anchor: anchor.offset) - 1
    first = anchors[number]
    moved = first.place + start - first.offset if first.exact else first.place
    rest = (anchor for anchor in anchors[number + 1 :] if anchor.offset < stop)
    return [first._replace(offset=start, place=moved), *rest]
