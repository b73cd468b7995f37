"""A mail as rows: a line of its own each, a run of lines marked with ``>`` as one.

This is where the time of a cut is bounded: what follows looks at `MAX_ROWS` rows and at
`LONG` characters of each, however large the mail. A thread of 20,000 marked lines is one row.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from penstock.mail.raw import line_ends
from penstock.mail.replies.languages import LANGUAGES

__all__ = ["LONG", "MAX_ROWS", "Rows", "read_rows"]

# More lines than anybody writes; what is below them is not judged, and stays the author's.
MAX_ROWS = 2000
# No line that a mail program writes is longer; of longer ones the start is enough.
LONG = 400
# Possessive quantifiers (Python 3.11): a line is read once, nothing is tried again.
# ">>> http://… <<<" is no quote. "JD> " is how newsreaders mark one, with initials.
MARKED = (
    r"[ \t\xa0]*+(?:[A-Z]{1,3}+(?=>[ \r\n]))?>"
    r"(?!>>[^\n]{0,200}<<<[ \t\r]*+(?:\n|\Z))[^\n]*+(?:\n|\Z)"
)
RUN = re.compile(rf"(?:{MARKED})++")


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


WROTE = "|".join(
    re.escape(word) for language in LANGUAGES.values() for word in language.wrote.split("|")
)
WRAPPED_END = re.compile(rf"[ \t]{{0,9}}>[ )]{{0,2}}(?:{WROTE})? ?:[ \t\r]{{0,9}}\n")
# "Yes, call me. On Wed, Apr 4, 2012, bob wrote:": a reply and an attribution on one line.
SHARED_LINE = re.compile(r"(?<=\S)[-–—\s]{0,9}(?=On\s(?:\w{3,9},\s)?\w{1,9}[\s./-]\d)")


def read_rows(text: str) -> Rows:
    r"""Return the rows of a text. Only ``\n`` ends a line, or ``\r`` where no other does."""
    text = line_ends(text)
    lines: list[str] = []
    marked: list[bool] = []
    offsets = [0]
    start = 0
    while start < len(text) and len(lines) < MAX_ROWS:
        end = text.find("\n", start) + 1 or len(text)
        line = text[start:end] if end - start <= LONG else text[start : start + LONG] + "…"
        stripped = line.strip()
        run = RUN.match(text, start) if ">" in stripped[:4] else None
        end = run.end() if run else end
        split = _wrapped_end(line) if run else _shared(line)
        if start + split == end:
            run, split = None, 0
        if split:
            lines.append(line[:split].strip())
            marked.append(False)
            offsets.append(start + split)
            stripped = line[split:].strip()
        lines.append(stripped)
        marked.append(run is not None)
        offsets.append(end)
        start = end
    return Rows(text, lines, marked, offsets)


def _wrapped_end(line: str) -> int:
    """Return where ``> wrote:``, the end of an address that a program wraps, ends; 0 for none."""
    if ":" not in line[:20]:
        return 0
    match = WRAPPED_END.match(line)
    return match.end() if match else 0


def _shared(line: str) -> int:
    """Return where an attribution starts behind other text on its line; 0 for none."""
    if "wrote:" not in line[-12:]:
        return 0
    match = SHARED_LINE.search(line)
    return match.start() if match and line[: match.start()].strip("\ufeff \t") else 0
