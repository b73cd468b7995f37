"""A mail as rows: a line of its own each, a run of lines marked with ``>`` as one.

This is where the time of a cut is bounded: what follows looks at `MAX_ROWS` rows and at
`LONG` characters of each, however large the mail. A thread of 20,000 marked lines is one row.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from penstock.filters.replies.languages import LANGUAGES

__all__ = ["LONG", "MAX_ROWS", "Rows", "read_rows"]

# More lines than anybody writes; what is below them is not judged, and stays the author's.
MAX_ROWS = 2000
# No line that a mail program writes is longer; of longer ones the start is enough.
LONG = 400
WROTE = "|".join(
    sorted(w for row in LANGUAGES.values() for w in map(re.escape, row.wrote.split("|")))
)
# Possessive quantifiers (Python 3.11): a line is read once, nothing is tried again.
# ">>> http://… <<<" is no quote; ">:" and "> wrote:" end an address that a program wraps.
# "JD> " is how newsreaders mark a quote, with the initials of its author.
MARKED = (
    r"[ \t\xa0]*+(?:[A-Z]{1,3}+(?=>[ \r\n]))?>"
    rf"(?!>>?+[^\n]{{0,200}}<<<[ \t\r]*+(?:\n|\Z)|[ )]{{0,2}}(?:{WROTE})?+ ?:[ \t\r]*+\n)"
    r"[^\n]*+(?:\n|\Z)"
)
ROW = re.compile(rf"((?:{MARKED})++)|[^\n]*+(?:\n|\Z)")


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows of a text.

    Attributes
    ----------
    text : the original.
    lines : each row without white space around it, of a marked run the start.
    marked : whether a row is a run of marked lines.
    offsets : where each row starts in `text`, and where the last one ends.
    """

    text: str
    lines: list[str] = field(default_factory=list)
    marked: list[bool] = field(default_factory=list)
    offsets: list[int] = field(default_factory=lambda: [0])

    def __len__(self) -> int:
        return len(self.lines)

    def next_text(self, row: int, reach: int = 4) -> int:
        """Return the next row that is not blank, or `row` where there is none in reach."""
        stop = min(row + reach, len(self.lines))
        return next((n for n in range(row + 1, stop) if self.lines[n]), row)

    def add(self, end: int, marked: bool) -> None:
        """Add the row that ends at `end`."""
        start = self.offsets[-1]
        short = end - start <= LONG
        line = self.text[start:end] if short else self.text[start : start + LONG] + "…"
        self.lines.append(line.strip())
        self.marked.append(marked)
        self.offsets.append(end)


# "Yes, call me. On Wed, Apr 4, 2012, bob wrote:": a reply and an attribution on one line.
SHARED_LINE = re.compile(r"(?<=\S)[-–—\s]{0,9}(?=On\s(?:\w{3,9},\s)?\w{1,9}[\s./-]\d)")


def read_rows(text: str) -> Rows:
    r"""Return the rows of a text. Only ``\n`` ends a line."""
    rows = Rows(text)
    add = rows.add
    for match in ROW.finditer(text):
        start, end = match.span()
        if start == end:
            break
        marked = match.lastindex is not None
        if not marked and end - start <= LONG and (split := _shared(match[0])):
            add(start + split, False)
        add(end, marked)
        if len(rows.lines) >= MAX_ROWS:
            break
    return rows


def _shared(line: str) -> int:
    """Return where an attribution starts behind other text on its line; 0 for none."""
    if "wrote:" not in line[-12:]:
        return 0
    match = SHARED_LINE.search(line)
    return match.start() if match and line[: match.start()].strip("\ufeff \t") else 0
