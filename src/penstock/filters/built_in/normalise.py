"""``normalise``: texts that look the same are the same."""

from __future__ import annotations

import re
import unicodedata
from typing import ClassVar, Literal

from penstock.filters.base import Parameters
from penstock.filters.record import Record

__all__ = ["Normalise"]

# Controls (but tab and line ends), soft hyphen, zero-width space, word joiner, byte order mark,
# the marks that turn the direction of writing, halves of surrogate pairs. The two joiners stay:
# U+200C is spelling in Persian, U+200D holds emoji together.
INVISIBLE = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\xad"
    "\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff\ud800-\udfff]"
)
LINE_END = re.compile("\r\n|[\r\x85\u2028\u2029]")
BLANKS = re.compile(r"[^\S\n]+")
AROUND_LINE_END = re.compile(r" ?\n ?")
EMPTY_LINES = re.compile(r"\n{3,}")


class Normalise(Parameters, frozen=True):
    """Writes texts in one way: Unicode form, line ends, invisible characters, whitespace.

    Declare it after `cut_reply`, which tells a signature by the blank behind its dashes.

    Parameters
    ----------
    unicode : ``NFC`` writes é in one way, ``NFKC`` makes ﬁ, ² and full-width letters plain
        ones too, ``keep`` changes nothing; default ``NFC``.
    invisible : ``drop`` or ``keep`` control and other invisible characters; default ``drop``.
    whitespace : ``trim`` keeps lines, but makes runs of blanks one blank and runs of empty
        lines one empty line; ``squeeze`` makes any run one blank, ``keep`` changes nothing;
        default ``trim``.
    """

    name: ClassVar[str] = "normalise"
    unicode: Literal["NFC", "NFKC", "keep"] = "NFC"
    invisible: Literal["drop", "keep"] = "drop"
    whitespace: Literal["trim", "squeeze", "keep"] = "trim"

    def before(self, records: list[Record]) -> list[Record]:
        """Replace the texts."""
        return [record.replace(text=self._normalised(record.text)) for record in records]

    def _normalised(self, text: str) -> str:
        if self.unicode != "keep":
            text = unicodedata.normalize(self.unicode, text)
        text = LINE_END.sub("\n", text)
        if self.invisible == "drop":
            text = INVISIBLE.sub("", text)
        if self.whitespace == "squeeze":
            return " ".join(text.split())
        return _trimmed(text) if self.whitespace == "trim" else text


def _trimmed(text: str) -> str:
    lines = AROUND_LINE_END.sub("\n", BLANKS.sub(" ", text))
    return EMPTY_LINES.sub("\n\n", lines).strip()
