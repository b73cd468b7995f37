"""The cut: every row of a mail gets one kind.

The steps: read rows; find where a quoted mail starts (separator, header block, attribution);
where it is marked with ``>`` the unmarked rows below it are the author's again, else all
below it is quoted; find the signature in what is left.
"""

from __future__ import annotations

import re

from penstock.mail.replies.html import read_html
from penstock.mail.replies.openings import (
    is_groupwise,
    is_rule,
    may_open,
    opening,
    starts_a_forward,
)
from penstock.mail.replies.rows import LONG, Rows, read_rows
from penstock.mail.replies.signatures import mark_signatures
from penstock.mail.replies.spans import Cut, Kind, Span
from penstock.mail.replies.traced import Traced

__all__ = ["cut", "cut_html"]

# Mail programs wrap lines that are longer than 66 to 80 characters.
WRAPPED = 62
# Characters in lines that could open a quote: more than anybody's mail has above its thread.
MAX_JUDGED = 100_000
# As Outlook and others write it: English, German, French, Spanish, Portuguese, Italian, Dutch,
# Swedish, Finnish, Polish, Turkish, Russian, Chinese.
FORWARD_SUBJECT = re.compile(
    r"\s{0,9}(?:fwd?|wg|tr|rv|enc|i|doorst|vb|vl|pd|i̇lt|ilt|пересл|hs|转发|轉寄|転送)\s?[:：]",
    re.IGNORECASE,
)


def cut(text: str | Traced, *, sender: str = "", subject: str = "") -> Cut:
    """Return the parts of a plain-text mail. Never raises; linear in its size.

    Parameters
    ----------
    text : the body, decoded; its line ends may be CRLF. Of HTML, or of a mail of several
        parts, the text with the originals that it was read from (`read_html`, `read_mail`).
    sender : the header ``From``; it helps to find a signature without a delimiter.
        Default "".
    subject : the header ``Subject``; one such as ``Fwd: Offer`` says that the thread is passed
        on, where the program writes the same headers above an answer. Default "".
    """
    traced = None if isinstance(text, str) else text
    text = text if isinstance(text, str) else text.text
    rows = read_rows(text)
    kinds = [Kind.REPLY] * len(rows)
    row = judged = 0
    while row < len(rows):
        line = rows.lines[row]
        look = judged < MAX_JUDGED and may_open(line)
        judged += len(line) if look and not rows.marked[row] else 0
        row = _mark(rows, kinds, row, look)
    _mend_wrapped_quotes(rows, kinds)
    _mark_rules_above_quotes(rows, kinds)
    mark_signatures(rows, kinds, sender)
    if FORWARD_SUBJECT.match(subject):
        kinds = [Kind.FORWARD if kind is Kind.QUOTE else kind for kind in kinds]
    return Cut(text, _spans(rows, kinds), traced)


def cut_html(html: str, *, sender: str = "", subject: str = "") -> Cut:
    """Return the parts of an HTML mail: `cut` of its text, in which quotes are marked."""
    return cut(read_html(html), sender=sender, subject=subject)


def _spans(rows: Rows, kinds: list[Kind]) -> tuple[Span, ...]:
    """Join neighbours of a kind, and add what is below the rows."""
    if not rows.text:
        return ()
    kinds = kinds or [Kind.REPLY]
    spans: list[Span] = []
    start, kind = 0, kinds[0]
    for offset, new in zip(rows.offsets, kinds, strict=False):
        if new is not kind:
            spans.append(Span(kind, start, offset))
            start, kind = offset, new
    end = rows.offsets[-1]
    if end < len(rows.text) and kind is not Kind.REPLY:
        open_quote = not rows.marked[-1] and kind in (Kind.QUOTE, Kind.FORWARD)
        if not open_quote:
            spans.append(Span(kind, start, end))
            start, kind = end, Kind.REPLY
    return (*spans, Span(kind, start, len(rows.text)))


def _mark(rows: Rows, kinds: list[Kind], row: int, look: bool) -> int:
    """Mark what starts at `row` and return the next row; `look` whether it may open a quote."""
    line = rows.lines[row]
    if rows.marked[row]:
        kinds[row] = Kind.FORWARD if starts_a_forward(rows, row) else Kind.QUOTE
        if is_groupwise(line):
            kinds[row:] = [Kind.QUOTE] * (len(rows) - row)
            return len(rows)
        return row + 1
    if not look or (found := opening(rows, row)) is None:
        return row + 1
    kind, start, end = found
    below = rows.next_text(end - 1, len(rows))
    if below < len(rows) and rows.marked[below]:
        kinds[start : below + 1] = [kind] * (below + 1 - start)
        return below + 1
    if not any(rows.lines[:start]):
        # Nothing above it: a mail passed on. A thread below is quoted in that mail.
        kinds[start:] = [Kind.FORWARD] * (len(rows) - start)
        return end
    kinds[start:] = [kind] * (len(rows) - start)
    return len(rows)


def _mend_wrapped_quotes(rows: Rows, kinds: list[Kind]) -> None:
    """A marked line that a mail program wrapped leaves its rest without a mark."""
    for row in range(1, len(rows) - 1):
        between = rows.marked[row - 1] and rows.marked[row + 1] and kinds[row] is Kind.REPLY
        if between and (not rows.lines[row] or _is_rest(rows, row)):
            kinds[row] = kinds[row - 1]


def _is_rest(rows: Rows, row: int) -> bool:
    above = rows.text[max(0, rows.offsets[row] - LONG) : rows.offsets[row]].rstrip()
    above = above[above.rfind("\n") + 1 :]
    line = rows.lines[row]
    if "http" in line or "http" in above:
        return True
    return (
        len(above) >= WRAPPED
        and len(line) < WRAPPED
        and line[0].islower()
        and not above.endswith((".", "?", "!", ":"))
    )


def _mark_rules_above_quotes(rows: Rows, kinds: list[Kind]) -> None:
    """The line that a mail program draws above a quote belongs to the quote."""
    for row in range(len(rows) - 2, -1, -1):
        if kinds[row] is Kind.REPLY and kinds[row + 1] in (Kind.QUOTE, Kind.FORWARD):
            drawn = row if rows.lines[row] else max(0, row - 1)
            if is_rule(rows.lines[drawn]):
                kinds[row] = kinds[row + 1]
