"""Two texts side by side: what was taken away is red, what was put there is green."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher

from rich import box
from rich.table import Table
from rich.text import Text

from penstock.filters import Record
from penstock.mail.replies import Kind, cut, cut_html, is_html

__all__ = ["side_by_side"]

PIECES = re.compile(r"\w+|\s+|[^\w\s]")
CUT = "cut_reply"


def side_by_side(name: str, before: Record, after: Record, limit: int) -> Table:
    """Return both texts in two columns.

    Of `cut_reply` each part that it took away has its kind beside it.

    Parameters
    ----------
    name : of the filter.
    before, after : the record as it came and as it left.
    limit : characters that are shown of each.
    """
    if name == CUT:
        left, right = _parts(before, after, limit), Text(after.text[:limit])
    else:
        left, right = _differences(before.text[:limit], after.text[:limit])
    for shown, record in ((left, before), (right, after)):
        if len(record.text) > limit:
            shown.append(f"\n... and {len(record.text) - limit} characters more", "dim")
    table = Table(box=box.SIMPLE_HEAD, expand=True, show_edge=False)
    table.add_column(f"before: {len(before.text)} characters", ratio=1, overflow="fold")
    table.add_column(f"after: {len(after.text)} characters", ratio=1, overflow="fold")
    table.add_row(left, right)
    return table


def _parts(record: Record, after: Record, limit: int) -> Text:
    """Return the text with all that was taken away in red, under the name of its kind."""
    html = is_html(record.text)
    parts = (cut_html if html else cut)(record.text, sender=record.headers.get("from", ""))
    shown = Text()
    for span in parts.spans:
        piece = parts.text[span.start : min(span.end, limit)]
        if span.start >= limit or not piece:
            break
        if span.kind is Kind.REPLY or piece.strip() in after.text:
            shown.append(piece)
        else:
            shown.append(f"[{span.kind}]\n", "bold red").append(piece, "red")
    return shown


def _differences(before: str, after: str) -> tuple[Text, Text]:
    left, right = Text(), Text()
    old, new = PIECES.findall(before), PIECES.findall(after)
    for taken, put in _opcodes(old, new):
        left.append(taken[0], "red" if taken[1] else "")
        right.append(put[0], "green" if put[1] else "")
    return left, right


def _opcodes(
    old: Sequence[str], new: Sequence[str]
) -> Iterator[tuple[tuple[str, bool], tuple[str, bool]]]:
    """Yield the pieces on both sides, and whether they differ."""
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    for kind, a, b, c, d in matcher.get_opcodes():
        changed = kind != "equal"
        yield ("".join(old[a:b]), changed), ("".join(new[c:d]), changed)
