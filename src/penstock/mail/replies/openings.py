"""Where a quoted or forwarded mail starts: at a separator, headers or an attribution."""

from __future__ import annotations

import re

from penstock.mail.replies.attributions import WROTE_ENDS, attribution_start, introduces
from penstock.mail.replies.headers import are_headers, header_block, header_field, headers_end
from penstock.mail.replies.rows import LONG, Rows
from penstock.mail.replies.spans import Kind
from penstock.mail.replies.words import COLONS, DRAWN, FORWARDED, ORIGINAL

__all__ = ["is_groupwise", "is_rule", "may_open", "opening", "separator", "starts_a_forward"]

SEPARATOR_LENGTH = 160
# How most lines of text end, and no opening that has neither a colon nor an address.
PLAIN_ENDS = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.,!?;)")
# How a separator may begin, "original message processed by" and "forwarded by" among them.
BEGINS = DRAWN + "#>oOfF"
# What a help desk writes above a thread: "##- Please type your reply above this line -##".
ABOVE = (
    "above this line",
    "oberhalb dieser linie",
    "über dieser linie",
    "au-dessus de cette ligne",
    "por encima de esta línea",
    "sopra questa linea",
    "sopra questa riga",
    "boven deze regel",
    "acima desta linha",
    "ovanför den här raden",
)


# Lotus Notes, above its headers: "Ann Lee ---07/05/2024 15:02:11---Hi Bo, any news?"
NOTES = re.compile(r"[^\n]{2,80}?---\s?\d{1,2}[/.-]\d{1,2}[/.-]\d{2,4}\s[^\n-]{0,20}---")
# GroupWise: ">>> Ann Lee <a@b.c> 5/7/2024 3:02 PM >>>", with nothing marked below.
GROUPWISE = re.compile(r">>> ?[^\n]{2,120}?\d[:.]\d\d[^\n]{0,20} ?>>>$")
# Yahoo writes all of it on one line: "----- Forwarded Message ----- From: Ann <a@b.c>To: Bo"
ONE_LINE = re.compile(r"-{3,20}\s?([^-\n]{4,60})-{3,20}\s?(?=[^-\s])")


def is_rule(line: str, least: int = 5) -> bool:
    """Whether a line is drawn: ``_____`` or ``-----``."""
    return least <= len(line) <= LONG and not line.strip(DRAWN + " \t")


def may_open(line: str) -> bool:
    """Whether a line may begin or end an opening; quick, and true for all that do."""
    return line != "" and (
        line[-1] not in PLAIN_ENDS
        or line[0] in BEGINS
        or ":" in line[:40]
        or "@" in line
        or "：" in line[:40]
    )


def opening(rows: Rows, row: int) -> tuple[Kind, int, int] | None:
    """Return kind, start and end of the rows that introduce a quoted mail, ending near `row`.

    An attribution is told by its last line, so that its start may be above `row`.
    """
    line = rows.lines[row]
    if (kind := separator(line)) is not None:
        return kind, row, _below_separator(rows, row)
    if NOTES.match(line):
        return Kind.QUOTE, row, max(row + 1, headers_end(rows, row + 1))
    if (end := header_block(rows, row)) > row:
        start = row - 1 if row and introduces(rows.lines[row - 1]) else row
        return Kind.QUOTE, start, end
    if line[0] in DRAWN and (end := _below_rule(rows, row)) > row:
        return Kind.QUOTE, row, end
    first = attribution_start(rows, row)
    return (Kind.QUOTE, first, row + 1) if first is not None else None


def _below_separator(rows: Rows, row: int) -> int:
    """Return the end of the headers, or of the attribution, that follow a separator."""
    end = max(row + 1, headers_end(rows, row + 1))
    stop = min(row + 5, len(rows))
    texts = (n for n in range(end, stop) if rows.lines[n] and not rows.marked[n])
    return next((n + 1 for n in texts if attribution_start(rows, n) is not None), end)


def separator(line: str) -> Kind | None:
    """Recognise ``-----Original Message-----`` and ``Begin forwarded message:``."""
    if line[:1] not in BEGINS and line[-1:] not in COLONS:
        return None
    if (match := ONE_LINE.match(line)) and header_field(line[match.end() :]) is not None:
        return Kind.FORWARD if match[1].strip().casefold() in FORWARDED else Kind.QUOTE
    if not 8 <= len(line) <= SEPARATOR_LENGTH:
        return None
    bare = line.strip(DRAWN + "#> \t:：")
    words = bare.casefold()
    drawn = line[0] in DRAWN + "#" and line[-1] in DRAWN + COLONS + "#"
    if words.startswith(("original message processed by", "forwarded by ")):
        return Kind.FORWARD if words.startswith("forwarded") and drawn else Kind.QUOTE
    if words in FORWARDED and (drawn or line[-1] in COLONS):
        return Kind.FORWARD
    if drawn and (words in ORIGINAL or words.endswith((*WROTE_ENDS, *ABOVE))):
        return Kind.QUOTE
    return None


def is_groupwise(line: str) -> bool:
    """Whether a marked line is GroupWise's attribution, below which nothing is marked."""
    return GROUPWISE.match(line) is not None


def starts_a_forward(rows: Rows, row: int) -> bool:
    """Whether a marked run starts with a separator, or with the headers of a mail."""
    start, end = rows.offsets[row], min(rows.offsets[row + 1], rows.offsets[row] + LONG)
    head = rows.text[start:end].split("\n")[:8]
    lines = [bare for line in head if (bare := line.strip("> \t\r\xa0"))]
    if not lines:
        return False
    first = header_field(lines[0]) is not None or separator(lines[0]) is Kind.FORWARD
    # "Beginning of the forwarded message:", in whatever language, above headers.
    return first or (lines[0][-1] in COLONS + DRAWN and are_headers(lines[1:4]))


def _below_rule(rows: Rows, row: int) -> int:
    """Return the end of headers below a rule, or below words that are drawn around."""
    line, below = rows.lines[row], rows.next_text(row, 3)
    if below == row:
        return row
    end = header_block(rows, below, ruled=True)
    if is_rule(line, 3):
        return end if end > below else row
    if len(line) > SEPARATOR_LENGTH or line[-1] not in DRAWN or not line.startswith(line[-1] * 3):
        return row
    # "----- Oprindelig besked -----", in whatever language
    return end if end > below or are_headers(rows.lines[below : below + 4]) else row
