"""What in a mail did its author write now? Every line gets one kind.

The work is done line by line; every pattern looks at a bounded stretch of a line, so the
time is linear in the size of the mail, whatever is in it.

The steps: split into lines; find where a quoted mail starts (attribution, header block,
separator); decide whether it is marked with ``>`` (then the unmarked lines below it are the
author's) or not (then all below it is quoted); find the signature in what is left.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from itertools import groupby

from penstock.filters.quote_headers import (
    CLOSINGS,
    DISCLAIMERS,
    LANGUAGES,
    MOBILE_FOOTERS,
)

__all__ = ["Cut", "Kind", "Span", "cut"]

# No attribution, header or footer that a mail program writes is longer.
LOOK = 400
ATTRIBUTION_LINES = 7
HEADER_LINES = 12
SIGNATURE_LINES = 12
CLOSING_LINES = 5


class Kind(StrEnum):
    """What a line is."""

    REPLY = "reply"
    QUOTE = "quote"
    FORWARD = "forward"
    SIGNATURE = "signature"
    FOOTER = "footer"
    DISCLAIMER = "disclaimer"


@dataclass(frozen=True, slots=True)
class Span:
    """Characters `start` to `end` of the original, all of one kind."""

    kind: Kind
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Cut:
    """A mail whose every character has a kind.

    Attributes
    ----------
    text : the original.
    spans : in order, without gaps: joined they are the original.
    """

    text: str
    spans: tuple[Span, ...]

    def pick(self, *kinds: Kind) -> str:
        """Return the text of these kinds, without white space around it."""
        return "".join(self.text[s.start : s.end] for s in self.spans if s.kind in kinds).strip()

    def reply(self, *, signature: bool = False) -> str:
        """Return what the author wrote, with or without the signature.

        It is never empty where the mail is not: a mail that is nothing but a signature, a
        quote or a forward comes back with that.
        """
        signed = (Kind.REPLY, Kind.SIGNATURE, Kind.FOOTER, Kind.DISCLAIMER)
        choices = [signed] if signature else [(Kind.REPLY,), signed]
        return next((text for kinds in choices if (text := self.pick(*kinds))), self.text.strip())


def cut(text: str) -> Cut:
    """Return the kinds of all lines of a plain-text mail. Never raises."""
    lines, offsets = _lines(text)
    kinds = _kinds([line.strip() for line in lines], [line[:1].isspace() for line in lines])
    spans = []
    for kind, group in groupby(range(len(lines)), key=kinds.__getitem__):
        rows = list(group)
        spans.append(Span(kind, offsets[rows[0]], offsets[rows[-1] + 1]))
    return Cut(text, tuple(spans))


def _words(field: str) -> str:
    """Return one pattern for a column of the table, longest words first."""
    words = {
        word for language in LANGUAGES.values() for word in getattr(language, field).split("|")
    }
    return "|".join(re.escape(word) for word in sorted(words - {""}, key=lambda w: (-len(w), w)))


WROTE = re.compile(rf"(?:\b(?:{_words('wrote')})|写道|寫道|のメール)(?:\b|(?=\W)|$)", re.IGNORECASE)
OPENS = re.compile(rf"(?:{_words('opens')})\s?[^\n]{{0,40}}?\d", re.IGNORECASE)
SHARED_LINE = re.compile(r"(?<=\S)[-–—\s]*(?=On\s(?:\w{3,9},\s)?\w{1,9}[\s./-]\d)")
STARTS_WITH_DATE = re.compile(
    r"(?:\d{4}[-/.年]\s?\d{1,2}[-/.月]\s?\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4})"
)
ENDS_WITH_ADDRESS = re.compile(r"<[^<>\s]{0,100}\s?[^<>\s]{1,100}@[^<>\s]{1,100}>\s?[:：]?$")
HEADER = re.compile(
    "[*_]{0,2}(?:"
    + "|".join(
        f"(?P<{field}>{_words(field)})"
        for field in ("reply_to", "subject", "sent", "from_", "cc", "to")
    )
    + r")\s?[*_]{0,2}\s?[:：]",
    re.IGNORECASE,
)
RULE = re.compile(r"[-_=*–—\s]{5,200}$")
DASHED = re.compile(r"[->\s_=*–—]{2,80}(?P<words>\w[^\n]{2,60}?)[\s:]{0,4}[-_=*–—]{2,80}$")
TIME = re.compile(r"\d[:.h]\d\d\b")
# "-Name" or "/Name" at the end; "___" above the address of a mailing list.
NAME = re.compile(r"[-–—/]\s?[^\W\d_][\w.'’]{0,20}(?:\s[^\W\d_][\w.'’]{0,20}){0,2}$")
LIST_RULE = re.compile(r"_{20,200}$")
LIST_LINES = 5
FOOTER_WORDS = 8
# The delimiter of RFC 3676, and lines that people draw instead.
DELIMITER = re.compile(r"--$")
DRAWN = re.compile(r"(?:—|–|-- -|\*{3}|-{3,8}|_{2,8})$")
ORIGINAL = frozenset(w for x in LANGUAGES.values() for w in x.original.split("|"))
FORWARDED = frozenset(w for x in LANGUAGES.values() for w in x.forwarded.split("|"))
CLOSING = frozenset(CLOSINGS)


def _lines(text: str) -> tuple[list[str], list[int]]:
    r"""Split on ``\n`` only, and where a reply and an attribution share a line."""
    lines: list[str] = []
    for line in text.split("\n"):
        lines += _split_shared(line)
        lines[-1] += "\n"
    lines[-1] = lines[-1][:-1]
    offsets = [0]
    for line in lines:
        offsets.append(offsets[-1] + len(line))
    return lines, offsets


def _split_shared(line: str) -> list[str]:
    """Split ``reply On Wed, Apr 4, 2012, bob wrote:`` before the attribution."""
    if len(line) > LOOK or not line.rstrip().endswith("wrote:"):
        return [line]
    match = SHARED_LINE.search(line)
    if not match or not line[: match.start()].strip():
        return [line]
    return [line[: match.start()], line[match.start() :]]


def _kinds(lines: list[str], indented: list[bool]) -> list[Kind]:
    kinds = [Kind.REPLY] * len(lines)
    row = 0
    while row < len(lines):
        row = _mark_quote(lines, kinds, row)
    _mend_wrapped_quotes(lines, kinds)
    _mark_rules_above_quotes(lines, kinds)
    _mark_signatures(lines, kinds)
    return kinds


def _mark_quote(lines: list[str], kinds: list[Kind], row: int) -> int:
    """Mark what starts at `row` and return the next row to look at."""
    line = lines[row]
    if not line:
        return row + 1
    kind, end = _opening(lines, row)
    if end == row:
        if _is_marked(line):
            kinds[row] = Kind.QUOTE
        return row + 1
    if kind is Kind.QUOTE and _is_own_head(lines, row):
        kinds[row:end] = [kind] * (end - row)
        return end
    below = next((n for n in range(end, len(lines)) if lines[n]), len(lines))
    stop = below if below < len(lines) and lines[below].startswith((">", "|")) else len(lines)
    kinds[row:stop] = [kind] * (stop - row)
    return stop


def _is_own_head(lines: list[str], row: int) -> bool:
    """Headers with nothing above them are those of the mail itself, pasted with its text."""
    return _header_field(lines[row]) is not None and not any(lines[:row])


def _is_marked(line: str) -> bool:
    return line.startswith(">") and not line.endswith("<<<")


def _opening(lines: list[str], row: int) -> tuple[Kind, int]:
    """Return kind and end of the lines that introduce a quoted mail; end is `row` for none."""
    line = lines[row][:LOOK]
    if line.startswith(">"):
        return Kind.QUOTE, row
    if (kind := _separator(line)) is not None:
        return kind, _header_end(lines, row + 1)
    if (end := _header_block(lines, row)) > row:
        return Kind.QUOTE, end
    if RULE.match(line) and (end := _header_block(lines, below := _next_text(lines, row))) > below:
        return Kind.QUOTE, end
    return Kind.QUOTE, _attribution_end(lines, row)


def _next_text(lines: list[str], row: int) -> int:
    return next((n for n in range(row + 1, min(row + 4, len(lines))) if lines[n]), row)


def _separator(line: str) -> Kind | None:
    """Recognise ``-----Original Message-----`` and ``Begin forwarded message:``."""
    if len(line) > 160:
        return None
    match = DASHED.match(line)
    words = (match["words"] if match else line.rstrip(" :：")).strip(" :：*").casefold()
    if words in FORWARDED and (match or line.endswith((":", "："))):
        return Kind.FORWARD
    if match and (words in ORIGINAL):
        return Kind.QUOTE
    if match and words.endswith(" wrote"):
        return Kind.QUOTE
    return None


def _header_block(lines: list[str], row: int) -> int:
    """Return the end of a block such as ``From: … Sent: … To: …``, or `row` for none."""
    if not _header_field(lines[row]):
        return row
    end = _header_end(lines, row)
    fields = {_header_field(lines[n]) for n in range(row, end)} - {None}
    return end if len(fields) >= 2 and fields & {"from_", "sent"} else row


def _header_end(lines: list[str], row: int) -> int:
    """Return the row after the last header field at `row` and below."""
    end, gap = row, 0
    for number in range(row, min(row + HEADER_LINES, len(lines))):
        if _header_field(lines[number]):
            end, gap = number + 1, 0
        else:
            gap += 1
            if gap > 2:
                break
    return end


def _header_field(line: str) -> str | None:
    head = line[:60].lstrip("> ")
    if ":" not in head and "：" not in head:
        return None
    match = HEADER.match(head)
    return match.lastgroup if match else None


def _attribution_end(lines: list[str], row: int) -> int:
    """Return the row after an attribution that starts at `row`, or `row` for none."""
    line = lines[row][:LOOK].lstrip("-–—_* ")
    opens = bool(OPENS.match(line))
    dated = bool(STARTS_WITH_DATE.match(line))
    if not opens and not dated:
        named = _names_its_author(lines, row) or _ends_with_author(lines[row])
        return row + 1 if named else row
    joined = ""
    for number in range(row, min(row + ATTRIBUTION_LINES, len(lines))):
        joined = f"{joined} {lines[number]}".strip()
        if len(joined) > LOOK or (number > row and _header_field(lines[number])):
            return row
        if _ends_attribution(joined, dated):
            return number + 1
    return row


def _ends_attribution(text: str, dated: bool) -> bool:
    tail = text.rstrip("-–—_* ")
    if dated and ENDS_WITH_ADDRESS.search(tail[-260:]):
        return True
    if not tail.endswith((":", "：")) and tail == text:
        return False
    return bool(WROTE.search(text))


def _names_its_author(lines: list[str], row: int) -> bool:
    """Recognise ``Name <a@b.c> wrote:`` and ``Name wrote:`` above a marked quote."""
    line = lines[row]
    if len(line) > LOOK or not line.endswith((":", "：")) or not WROTE.search(line):
        return False
    below = lines[_next_text(lines, row)]
    return "@" in line or below.startswith(">")


def _ends_with_author(line: str) -> bool:
    """Recognise ``Thu, 26 Jun 2014 14:00 Name <a@b.c>:``, in whatever language."""
    tail = line[:LOOK]
    dated = bool(TIME.search(tail)) and tail.endswith((">:", ">："))
    return dated and bool(ENDS_WITH_ADDRESS.search(tail[-260:]))


def _mend_wrapped_quotes(lines: list[str], kinds: list[Kind]) -> None:
    """A marked line that a mail program wrapped leaves its rest without a mark."""
    for row in range(1, len(lines) - 1):
        between = kinds[row - 1] == kinds[row + 1] == Kind.QUOTE and kinds[row] is Kind.REPLY
        if between and ("http" in lines[row] or "http" in lines[row - 1]):
            kinds[row] = Kind.QUOTE


def _mark_rules_above_quotes(lines: list[str], kinds: list[Kind]) -> None:
    """The line that a mail program draws above a quote belongs to the quote."""
    for row in range(len(lines) - 2, -1, -1):
        below = kinds[row + 1]
        quoted = below in (Kind.QUOTE, Kind.FORWARD) and kinds[row] is Kind.REPLY
        if quoted and (RULE.match(lines[row]) if lines[row] else _rule_above(lines, row)):
            kinds[row] = below


def _rule_above(lines: list[str], row: int) -> bool:
    return row > 0 and bool(lines[row - 1]) and bool(RULE.match(lines[row - 1]))


def _mark_signatures(lines: list[str], kinds: list[Kind]) -> None:
    """Look at each stretch of the author's lines: a signature closes it."""
    first = True
    for kind, group in groupby(range(len(lines)), key=list(kinds).__getitem__):
        if kind is Kind.REPLY:
            rows = list(group)
            _mark_footers(lines, kinds, rows)
            start, what = _signature_start(lines, rows, first)
            # Above a list's footer or a disclaimer the author's own signature may stand.
            start, _ = _signature_start(lines, rows[:start], first)
            first = first and not any(lines[row] for row in rows)
            for row in rows[start:]:
                kinds[row] = what if kinds[row] is Kind.REPLY else kinds[row]


def _mark_footers(lines: list[str], kinds: list[Kind], rows: list[int]) -> None:
    for row in rows:
        if lines[row] and _is_footer(lines[row]):
            kinds[row] = Kind.FOOTER


def _is_footer(line: str) -> bool:
    if len(line) > 120 or not line.lstrip("([*_-").casefold().startswith(MOBILE_FOOTERS):
        return False
    # "Sent from my desk, which is nicer than my phone." is a sentence of the author's.
    return ", " not in line or len(line.split()) <= FOOTER_WORDS


def _signature_start(lines: list[str], rows: list[int], first: bool) -> tuple[int, Kind]:
    """Return where in `rows` the signature starts; their number for none.

    `first` says that no author's line is above: then there is text before a signature.
    """
    filled = [n for n, row in enumerate(rows) if lines[row]]
    for place, n in enumerate(filled):
        if place == 0 and first:
            continue
        # No signature is longer: a slice of this size keeps the time linear.
        below = [rows[m] for m in filled[place + 1 : place + SIGNATURE_LINES + 2]]
        if kind := _closes(lines, rows[n], below):
            return n, kind
    return len(rows), Kind.SIGNATURE


def _closes(lines: list[str], row: int, below: list[int]) -> Kind | None:
    """Return the kind of what starts at `row`, with `below` to the end of the stretch."""
    line = lines[row]
    folded = line[:LOOK].casefold()
    if folded.startswith(DISCLAIMERS):
        return Kind.DISCLAIMER
    left = len(below)
    closing = folded.rstrip(",.!- ") in CLOSING or (left and DRAWN.match(line))
    closed = (
        (DELIMITER.match(line) and 0 < left <= SIGNATURE_LINES)
        or (LIST_RULE.match(line) and 0 < left <= LIST_LINES and _name_a_list(lines, below))
        or (not left and line[1:2].strip()[:1].isupper() and NAME.match(line))
        or (closing and left <= CLOSING_LINES and _are_short(lines, below))
    )
    return Kind.SIGNATURE if closed else None


def _name_a_list(lines: list[str], rows: list[int]) -> bool:
    return any("@" in lines[row] or "://" in lines[row] for row in rows)


def _are_short(lines: list[str], rows: list[int]) -> bool:
    return all(len(lines[row]) <= 60 for row in rows)
