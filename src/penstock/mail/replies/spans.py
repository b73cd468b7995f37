"""The parts of a mail: what each stretch of it is."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from penstock.mail.replies.traced import Traced, verbatim

__all__ = ["Cut", "Kind", "Slice", "Span"]


class Kind(StrEnum):
    """What a stretch of a mail is.

    ``reply`` is the author's current text, ``quote`` the thread that is answered, ``forward``
    a mail passed on, ``footer`` what a telephone or an app adds (``Sent from my iPhone``).
    """

    REPLY = "reply"
    QUOTE = "quote"
    FORWARD = "forward"
    SIGNATURE = "signature"
    FOOTER = "footer"
    DISCLAIMER = "disclaimer"


def _pieces(
    kind: Kind, start: tuple[int, int], end: tuple[int, int], originals: tuple[str, ...]
) -> list[Slice]:
    """Return what lies between two places, a slice for each original."""
    pieces = []
    for number in range(start[0], end[0] + 1):
        begins = start[1] if number == start[0] else 0
        ends = end[1] if number == end[0] else len(originals[number])
        if ends > begins:
            pieces.append(Slice(kind, number, begins, ends))
    return pieces


THREAD = (Kind.QUOTE, Kind.FORWARD)
CLOSING = (Kind.SIGNATURE, Kind.FOOTER, Kind.DISCLAIMER)


@dataclass(frozen=True, slots=True)
class Span:
    """Characters `start` to `end` of the text, all of one kind."""

    kind: Kind
    start: int
    end: int


class Slice(NamedTuple):
    """Characters `start` to `end` of `originals[original]`, all of one kind."""

    kind: Kind
    original: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Cut:
    """A mail whose every character has a kind.

    Attributes
    ----------
    text : what was cut; of HTML its text.
    spans : in order, without gaps: joined they are the text. Neighbours differ in kind.
    traced : where the text was read; None where it is its own original.
    """

    text: str
    spans: tuple[Span, ...]
    traced: Traced | None = None

    @property
    def originals(self) -> tuple[str, ...]:
        """What the text was read from: the HTML, the parts of a mail, or the text itself."""
        return (self.traced or verbatim(self.text)).originals

    @property
    def slices(self) -> tuple[Slice, ...]:
        """The spans in the originals: in order, without gaps; joined they are the originals."""
        traced = self.traced or verbatim(self.text)
        spans = self.spans or (Span(Kind.REPLY, 0, 0),)
        places = [(0, 0), *(traced.place(span.end) for span in spans[:-1])]
        last = len(traced.originals) - 1
        places.append((last, len(traced.originals[last])))
        return tuple(
            piece
            for span, start, end in zip(spans, places, places[1:], strict=False)
            for piece in _pieces(span.kind, start, end, traced.originals)
        )

    def pick(self, *kinds: Kind) -> str:
        """Return the text of these kinds, in order, without white space around it."""
        return "".join(self.text[s.start : s.end] for s in self.spans if s.kind in kinds).strip()

    def reply(self, *, signature: bool = False, thread: bool = False) -> str:
        """Return what the author wrote.

        It is never empty where the mail is not: a mail that is nothing but a forward, a
        signature or a quote comes back with that.

        Parameters
        ----------
        signature : also the signature, footer and disclaimer; default False.
        thread : also quotes and forwards, where they stood; default False.
        """
        if thread:
            kinds = (Kind.REPLY, *THREAD, *(CLOSING if signature else ()))
            return self.pick(*kinds) or self.text.strip()
        closing = CLOSING if signature else ()
        choices = [(Kind.REPLY, *closing)] if self.pick(Kind.REPLY) else [(Kind.FORWARD, *closing)]
        choices.append((Kind.REPLY, *CLOSING))
        return next((text for kinds in choices if (text := self.pick(*kinds))), self.text.strip())

    @property
    def is_forward(self) -> bool:
        """Whether the mail is a forward and nothing else: its author wrote no text."""
        return not self.pick(Kind.REPLY) and bool(self.pick(Kind.FORWARD))
