"""Blocks of headers, ``From: … Sent: … To: …``, as they stand above a quoted mail."""

from __future__ import annotations

import re

from penstock.mail.replies.rows import Rows
from penstock.mail.replies.words import FIELDS

__all__ = ["are_headers", "header_block", "header_field", "headers_end"]

HEADER_LINES = 12
KEYED = re.compile(r"\*?[^\W\d][^:：\n@]{0,24}[:：]")


def header_field(line: str) -> str | None:
    """Return the field, such as ``from_``, of a line such as ``From: Ann``; None for none."""
    head = line[:40]
    if ":" not in head:
        if "：" not in head:
            return None
        head = head.replace("：", ":")
    return FIELDS.get(head[: head.index(":")].strip("*_> \t\xa0").casefold())


def are_headers(lines: list[str]) -> bool:
    """Whether lines are headers in a language that the table may not have."""
    text = " ".join(lines)
    return (
        len(lines) > 1
        and sum(KEYED.match(line) is not None for line in lines) >= min(3, len(lines))
        and ("@" in text or any(header_field(line) for line in lines))
    )


def header_block(rows: Rows, row: int, *, ruled: bool = False) -> int:
    """Return the end of a block such as ``From: … Sent: … To: …``, or `row` for none."""
    if header_field(rows.lines[row]) is None:
        return row
    end = headers_end(rows, row)
    fields = [name for n in range(row, end) if (name := header_field(rows.lines[n]))]
    if len(set(fields)) < 2 or not {"from_", "sent"} & set(fields):
        return row
    return end if ruled or _is_of_a_mail(rows.lines[row:end], fields) else row


def _is_of_a_mail(lines: list[str], fields: list[str]) -> bool:
    """A list such as ``From: Berlin, To: Munich, Date: 4 May`` is none."""
    return (
        ("subject" in fields and ("from_" in fields or len(set(fields)) > 2))
        or fields[:2] == ["from_", "sent"]
        or lines[0].startswith("*")
        or any("@" in line for line in lines)
    )


def headers_end(rows: Rows, row: int) -> int:
    """Return the row after the last header field at `row` and below; lines may be folded."""
    end, gap = row, 0
    for number in range(row, min(row + HEADER_LINES, len(rows))):
        if rows.marked[number]:
            break
        if header_field(rows.lines[number]):
            end, gap = number + 1, 0
        elif (gap := gap + 1) > 2:
            break
    return end
