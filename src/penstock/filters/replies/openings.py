"""Where a quoted or forwarded mail starts: separators, header blocks and attributions.

Every pattern is anchored or looks at one line of bounded length, and none has two adjoining
quantifiers over the same characters, so that none can take more than linear time.
"""

from __future__ import annotations

import re

from penstock.filters.replies.languages import LANGUAGES
from penstock.filters.replies.rows import LONG, Rows
from penstock.filters.replies.spans import Kind

__all__ = [
    "header_field",
    "is_groupwise",
    "is_rule",
    "may_open",
    "opening",
    "separator",
    "starts_a_forward",
]

ATTRIBUTION_LINES = 7
HEADER_LINES = 12
SEPARATOR_LENGTH = 160
DRAWN = "-_=*–—─━"
COLONS = ":："
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


def _words(field: str) -> list[str]:
    """Return the words of a column of the table, longest first."""
    words = {w for language in LANGUAGES.values() for w in getattr(language, field).split("|")}
    # Both ways of writing: a line is compared case-folded, and searched as it is.
    words |= {word.casefold() for word in words}
    return sorted(words - {""}, key=lambda word: (-len(word), word))


def _any(words: list[str]) -> str:
    return "|".join(re.escape(word) for word in words)


# Scripts without spaces between words have no word boundary to ask for.
def _spaced(word: str) -> bool:
    return word.isascii() or word[0].lower() != word[0].upper()


# Right-to-left mails carry marks of direction around names and at the end of lines.
DIRECTION = "\ufeff\u200b\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
BARE = str.maketrans("", "", DIRECTION)
SPACED = [word for word in _words("wrote") if _spaced(word)]
UNSPACED = [word for word in _words("wrote") if not _spaced(word)]
WROTE = re.compile(rf"\b(?:{_any(SPACED)})(?!\w)|{_any(UNSPACED)}", re.IGNORECASE)
WROTE_ENDS = tuple(f" {word}" for word in SPACED)
OPENS = re.compile(
    rf"(?:(?:{_any([w for w in _words('opens') if _spaced(w)])})(?=[\s,])"
    rf"|{_any([w for w in _words('opens') if not _spaced(w)])})[^\n]{{0,40}}?\d",
    re.IGNORECASE,
)
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
# "2016-03-03 17:21 GMT+01:00 Ann Lee", as Gmail wrote it for a while; the rest may be gone.
DATED_LINE = re.compile(r"\d{4}-\d\d-\d\d \d\d?:\d\d (?:GMT|UTC)[+-]\d\d:\d\d [^\n]{2,200}$")
# Horde
QUOTING = re.compile(
    r"(?:quoting|zitat von|citando a?|cytowanie|citerar|citat fra|citace|cita di)\s"
    r"[^\n@]{0,80}@[^\s@]{1,80}:$",
    re.IGNORECASE,
)
# Lotus Notes, above its headers: "Ann Lee ---07/05/2024 15:02:11---Hi Bo, any news?"
NOTES = re.compile(r"[^\n]{2,80}?---\s?\d{1,2}[/.-]\d{1,2}[/.-]\d{2,4}\s[^\n-]{0,20}---")
# GroupWise: ">>> Ann Lee <a@b.c> 5/7/2024 3:02 PM >>>", with nothing marked below.
GROUPWISE = re.compile(r">>> ?[^\n]{2,120}?\d[:.]\d\d[^\n]{0,20} ?>>>$")
# Yahoo on telephones goes on in the line: "On Tue, Ann<a@b.c> wrote:   Any news?"
GOES_ON = re.compile(
    rf"[^\n@]{{6,200}}@[^\s<>@]{{1,100}}>?\)?,? ?(?:{_any(SPACED)})? ?[:：]", re.IGNORECASE
)
# Yahoo writes all of it on one line: "----- Forwarded Message ----- From: Ann <a@b.c>To: Bo"
ONE_LINE = re.compile(r"-{3,20}\s?([^-\n]{4,60})-{3,20}\s?(?=[^-\s])")
# In the author's own sentences; programs write names.
PRONOUN = re.compile(
    r"\b(?:i|you|we|he|she|they|it|who) (?:wrote|writes|write|sent):$"
    r"|\bschrieb (?:ich|er|sie|mir)\b|\b(?:ich|er|sie) (?:schrieb|geschrieben)\b"
    r"|\b(?:j'ai|tu as|vous avez|il a|elle a) écrit\b",
    re.IGNORECASE,
)
KEYED = re.compile(r"\*?[^\W\d][^:：\n@]{0,24}[:：]")


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
        return Kind.QUOTE, row, max(row + 1, _headers_end(rows, row + 1))
    if (end := _header_block(rows, row)) > row:
        return Kind.QUOTE, _with_attribution_above(rows, row), end
    if line[0] in DRAWN and (end := _below_rule(rows, row)) > row:
        return Kind.QUOTE, row, end
    start = _attribution_start(rows, row)
    return (Kind.QUOTE, start, row + 1) if start is not None else None


def _below_separator(rows: Rows, row: int) -> int:
    """Return the end of the headers, or of the attribution, that follow a separator."""
    end = max(row + 1, _headers_end(rows, row + 1))
    stop = min(row + 5, len(rows))
    texts = (n for n in range(end, stop) if rows.lines[n] and not rows.marked[n])
    return next((n + 1 for n in texts if _attribution_start(rows, n) is not None), end)


def _with_attribution_above(rows: Rows, row: int) -> int:
    """Return the row above headers where it introduces the quoted mail as well."""
    above = rows.lines[row - 1] if row else ""
    return row - 1 if WROTE.search(above) and _starts_attribution(above) else row


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
    return first or (lines[0][-1] in COLONS + DRAWN and _are_headers(lines[1:4]))


def header_field(line: str) -> str | None:
    """Return the field, such as ``from_``, of a line such as ``From: Ann``; None for none."""
    head = line[:40]
    if ":" not in head:
        if "：" not in head:
            return None
        head = head.replace("：", ":")
    return FIELDS.get(head[: head.index(":")].strip("*_> \t\xa0").casefold())


def _below_rule(rows: Rows, row: int) -> int:
    """Return the end of headers below a rule, or below words that are drawn around."""
    line, below = rows.lines[row], rows.next_text(row, 3)
    if below == row:
        return row
    end = _header_block(rows, below, ruled=True)
    if is_rule(line, 3):
        return end if end > below else row
    if len(line) > SEPARATOR_LENGTH or line[-1] not in DRAWN or not line.startswith(line[-1] * 3):
        return row
    # "----- Oprindelig besked -----", in whatever language
    return end if end > below or _are_headers(rows.lines[below : below + 4]) else row


def _are_headers(lines: list[str]) -> bool:
    """Whether lines are headers in a language that the table may not have."""
    text = " ".join(lines)
    return (
        len(lines) > 1
        and sum(KEYED.match(line) is not None for line in lines) >= min(3, len(lines))
        and ("@" in text or any(header_field(line) for line in lines))
    )


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
        ("subject" in fields and ("from_" in fields or len(set(fields)) > 2))
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
    line = rows.lines[row]
    if DATED_LINE.match(line):
        return row
    if "@" in line and TIME.search(line) and _starts_attribution(line) and GOES_ON.match(line):
        return row
    if line[-1].isalnum():
        # Zoho writes no colon; Chinese does without one.
        if not line.endswith(("写道", "寫道")) and not ("@" in line and line.endswith(WROTE_ENDS)):
            return None
    else:
        line = line.rstrip(DRAWN + DIRECTION + " \t\xa0")
        if not line.endswith((":", "：", ">", "写道", "寫道")) or line.endswith("<<<"):
            return None
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
            return None if _is_told(rows, row) else _with_name_above(rows, start)
    return row if closed and _names_its_author(rows, row) else None


def _is_told(rows: Rows, row: int) -> bool:
    """Whether the author tells what somebody wrote: ``On 4 May at 9:15 you wrote:``."""
    if not PRONOUN.search(rows.lines[row]):
        return False
    below = rows.next_text(row)
    return below == row or not rows.marked[below]


def _ends_a_sentence(line: str) -> bool:
    """Whether a line ends what stands above an attribution; "4 mar." is part of one."""
    if line.endswith("."):
        return not _starts_attribution(line) and not ("@" in line and line[-2:-1].isdigit())
    return line.endswith((":", "：", "?", "!"))


def _starts_attribution(text: str) -> bool:
    head = text[:60].lstrip(DRAWN + " \t\ufeff")
    return OPENS.match(head) is not None or STARTS_WITH_DATE.match(head) is not None


def _is_attribution(text: str, closed: bool) -> bool:
    """Whether lines, joined, are ``On <date>, <name> <address> wrote:`` in any language."""
    addressed = _ends_with_address(text)
    timed = TIME.search(text) is not None
    if not closed:
        begins = addressed and STARTS_WITH_DATE.match(text.lstrip(DRAWN + " \t")) is not None
        return begins or (addressed and timed and _starts_attribution(text))
    if addressed and timed:
        return True
    if not (timed or "@" in text or any(map(str.isdigit, text))) or not WROTE.search(text):
        return False
    if _starts_attribution(text) and (timed or "@" in text):
        return True
    dated = DATE.search(text) is not None
    if _starts_attribution(text):
        return dated
    return ((timed or dated) and "@" in text) or (timed and dated and text[-1] in COLONS)


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
    if len(line) > LONG:
        return False
    if QUOTING.match(line):
        return True
    below = rows.next_text(row)
    marked = below > row and rows.marked[below]
    if marked and "@" in line and (TIME.search(line) or DATE.search(line)):
        return True  # in a language that is not in the table, or as its author likes it
    return bool(WROTE.search(line)) and (marked or ("@" in line and len(line.split()) <= 8))


def _ends_with_address(text: str) -> bool:
    """Whether a text ends with ``<a@b.c>``, perhaps wrapped, perhaps with a colon."""
    tail = text.rstrip(" :：*\t\xa0")
    if not tail.endswith(">"):
        return False
    address = tail[tail.rfind("<") : -1] if "<" in tail[-210:] else ""
    return "@" in address
