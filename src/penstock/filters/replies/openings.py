"""Where a quoted or forwarded mail starts: separators, header blocks and attributions.

Every pattern is anchored or looks at one line of bounded length, and none has two adjoining
quantifiers over the same characters, so that none can take more than linear time.
"""

from __future__ import annotations

import re

from penstock.filters.replies.languages import LANGUAGES
from penstock.filters.replies.rows import LONG, Rows
from penstock.filters.replies.spans import Kind

__all__ = ["header_field", "is_rule", "opening", "separator", "starts_a_forward"]

ATTRIBUTION_LINES = 7
HEADER_LINES = 12
SEPARATOR_LENGTH = 160
DRAWN = "-_=*–—─━"


def _words(field: str) -> list[str]:
    """Return the words of a column of the table, longest first."""
    words = {w for language in LANGUAGES.values() for w in getattr(language, field).split("|")}
    return sorted(words - {""}, key=lambda word: (-len(word), word))


def _any(words: list[str]) -> str:
    return "|".join(re.escape(word) for word in words)


# Scripts without spaces between words have no word boundary to ask for.
SPACED = [word for word in _words("wrote") if word.isascii() or word[0].lower() != word[0].upper()]
# Right-to-left mails carry marks of direction around names and at the end of lines.
DIRECTION = "\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
BARE = str.maketrans("", "", DIRECTION)
UNSPACED = [word for word in _words("wrote") if word not in SPACED]
WROTE = re.compile(rf"\b(?:{_any(SPACED)})(?!\w)|{_any(UNSPACED)}", re.IGNORECASE)
OPENS = re.compile(rf"(?:{_any(_words('opens'))})\b\s?[^\n]{{0,40}}?\d", re.IGNORECASE)
ORIGINAL = frozenset(_words("original"))
FORWARDED = frozenset(_words("forwarded"))
FIELDS = {
    word: name
    for name in ("to", "cc", "from_", "sent", "subject", "reply_to")
    for word in _words(name)
}
DATE = re.compile(
    r"\d{1,4}[-/.年년]\s?\d{1,2}[-/.月월]\s?\d{1,4}"  # 2024-03-04, 4.3.2024, 2024年3月4日
    r"|\b\d{1,2}(?:\.|º|er)?\s(?:de\s|d[’'])?[^\W\d]{2,12}[.,]{0,2}\s(?:de\s)?[’']?\d{2,4}\b"
    r"|[^\W\d]{3,12}\.?\s\d{1,2},\s\d{4}\b",  # March 4, 2024
)
TIME = re.compile(r"\d[:.h]\d\d(?!\d)")
STARTS_WITH_DATE = re.compile(
    r"\d{4}[-/.年년]\s?\d{1,2}[-/.月월]\s?\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4}"
    r"|[^\W\d]{1,12}\.?,?\s\d{1,2}\.?\s[^\W\d]{2,12}"  # pon., 4 mar; Thu, 26 Jun
)


def is_rule(line: str) -> bool:
    """Whether a line is drawn: ``_____`` or ``-----``."""
    return 5 <= len(line) <= LONG and not line.strip(DRAWN + " \t")


def opening(rows: Rows, row: int) -> tuple[Kind, int, int] | None:
    """Return kind, start and end of the rows that introduce a quoted mail, ending near `row`.

    An attribution is told by its last line, so that its start may be above `row`.
    """
    line = rows.lines[row]
    if (kind := separator(line)) is not None:
        return kind, row, max(row + 1, _headers_end(rows, row + 1))
    if (end := _header_block(rows, row)) > row:
        return Kind.QUOTE, row, end
    if is_rule(line) and (below := rows.next_text(row)) > row:
        end = _header_block(rows, below, ruled=True)
        return (Kind.QUOTE, row, end) if end > below else None
    start = _attribution_start(rows, row)
    return (Kind.QUOTE, start, row + 1) if start is not None else None


def separator(line: str) -> Kind | None:
    """Recognise ``-----Original Message-----`` and ``Begin forwarded message:``."""
    if not 8 <= len(line) <= SEPARATOR_LENGTH:
        return None
    bare = line.strip(DRAWN + "> \t:：")
    words = bare.casefold()
    drawn = line.startswith(tuple(DRAWN)) and line.endswith((*DRAWN, ":", "："))
    if words.startswith(("original message processed by", "forwarded by ")):
        return Kind.FORWARD if words.startswith("forwarded") and drawn else Kind.QUOTE
    if words in FORWARDED and (drawn or line.endswith((":", "："))):
        return Kind.FORWARD
    if drawn and (words in ORIGINAL or _wrote_at_end(words)):
        return Kind.QUOTE
    return None


def _wrote_at_end(words: str) -> bool:
    """Recognise the words of ``---- Ann Lee wrote ----``."""
    return any(words.endswith(" " + word) for word in SPACED)


def starts_a_forward(rows: Rows, row: int) -> bool:
    """Whether a mail that starts at `row`, with nothing above, is one passed on."""
    return separator(rows.lines[row]) is not None or (
        header_field(rows.lines[rows.next_text(row) if is_rule(rows.lines[row]) else row])
        is not None
    )


def header_field(line: str) -> str | None:
    """Return the field, such as ``from_``, of a line such as ``From: Ann``; None for none."""
    head = line[:40].replace("：", ":")
    name, colon, _ = head.partition(":")
    return FIELDS.get(name.strip("*_> \t\xa0").casefold()) if colon else None


def _header_block(rows: Rows, row: int, *, ruled: bool = False) -> int:
    """Return the end of a block such as ``From: … Sent: … To: …``, or `row` for none."""
    if header_field(rows.lines[row]) is None:
        return row
    end = _headers_end(rows, row)
    fields = [name for n in range(row, end) if (name := header_field(rows.lines[n]))]
    if len(set(fields)) < 2 or not {"from_", "sent"} & set(fields):
        return row
    return end if ruled or _is_of_a_mail(rows.lines[row:end], fields) else row


def _is_of_a_mail(lines: list[str], fields: list[str]) -> bool:
    """A list such as ``From: Berlin, To: Munich, Date: 4 May`` is none."""
    return (
        "subject" in fields
        or fields[:2] == ["from_", "sent"]
        or lines[0].startswith("*")
        or any("@" in line for line in lines)
    )


def _headers_end(rows: Rows, row: int) -> int:
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


def _attribution_start(rows: Rows, row: int) -> int | None:
    """Return where the attribution starts whose last row is `row`; None where it ends none."""
    line = rows.lines[row].rstrip(DRAWN + DIRECTION + " \t\xa0")
    if not line.endswith((":", "：", ">", "写道", "寫道")) or line.endswith("<<<"):
        return None
    closed = not line.endswith(">")
    closed = not line.endswith(">")
    joined = ""
    for start in range(row, max(-1, row - ATTRIBUTION_LINES), -1):
        above = rows.lines[start]
        if start < row and (rows.marked[start] or _ends_a_sentence(above)):
            break
        joined = f"{above} {joined}".strip()
        if len(joined) > LONG:
            break
        if above and _is_attribution(joined.translate(BARE), closed):
            return _with_name_above(rows, start)
    return row if closed and _names_its_author(rows, row) else None


def _ends_a_sentence(line: str) -> bool:
    """Whether a line ends what stands above an attribution; "4 mar." is part of one."""
    if line.endswith("."):
        return not _starts_attribution(line)
    return line.endswith((":", "：", "?", "!"))


def _starts_attribution(text: str) -> bool:
    head = text[:60].lstrip(DRAWN + " \t")
    return OPENS.match(head) is not None or STARTS_WITH_DATE.match(head) is not None


def _is_attribution(text: str, closed: bool) -> bool:
    """Whether lines, joined, are ``On <date>, <name> <address> wrote:`` in any language."""
    addressed = _ends_with_address(text)
    if not closed:
        return addressed and STARTS_WITH_DATE.match(text.lstrip(DRAWN + " \t")) is not None
    if addressed and TIME.search(text):
        return True
    if not WROTE.search(text):
        return False
    dated = TIME.search(text) is not None or DATE.search(text) is not None
    return (dated or "@" in text) if _starts_attribution(text) else (dated and "@" in text)


def _with_name_above(rows: Rows, start: int) -> int:
    """Return the row above where it belongs to an attribution that starts with the name."""
    above = start - 1
    if above < 0 or rows.marked[above] or OPENS.match(rows.lines[start].lstrip(DRAWN + " ")):
        return start
    line = rows.lines[above]
    belongs = "@" in line and len(line) <= 100 and (DATE.search(line) or line.endswith((",", "<")))
    return above if belongs else start


def _names_its_author(rows: Rows, row: int) -> bool:
    """Recognise ``Name <a@b.c> wrote:`` and, above a marked quote, ``Name wrote:``."""
    line = rows.lines[row]
    if len(line) > LONG or not WROTE.search(line):
        return False
    below = rows.next_text(row)
    return (below > row and rows.marked[below]) or ("@" in line and len(line.split()) <= 8)


def _ends_with_address(text: str) -> bool:
    """Whether a text ends with ``<a@b.c>``, perhaps wrapped, perhaps with a colon."""
    tail = text.rstrip(" :：*\t\xa0")
    if not tail.endswith(">"):
        return False
    address = tail[tail.rfind("<") : -1] if "<" in tail[-210:] else ""
    return "@" in address
