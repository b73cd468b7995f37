"""Lines that say who wrote the quoted mail: ``On <date>, <name> <address> wrote:``.

Every pattern is anchored or looks at one line of bounded length, and none has two adjoining
quantifiers over the same characters, so that none can take more than linear time.
"""

from __future__ import annotations

import re

from penstock.mail.replies.rows import LONG, Rows
from penstock.mail.replies.words import COLONS, DIRECTION, DRAWN, any_of, split

__all__ = ["WROTE", "WROTE_ENDS", "attribution_start", "introduces"]

ATTRIBUTION_LINES = 7
BARE = str.maketrans("", "", DIRECTION)
SPACED, UNSPACED = split("wrote")
WROTE = re.compile(rf"\b(?:{any_of(SPACED)})(?!\w)|{any_of(UNSPACED)}", re.IGNORECASE)
WROTE_ENDS = tuple(f" {word}" for word in SPACED)
# Chinese does without a colon.
ENDS = ("写道", "寫道")
OPENS = re.compile(
    rf"(?:(?:{any_of(split('opens')[0])})(?=[\s,])|{any_of(split('opens')[1])})[^\n]{{0,40}}?\d",
    re.IGNORECASE,
)
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
# Yahoo on telephones goes on in the line: "On Tue, Ann<a@b.c> wrote:   Any news?"
GOES_ON = re.compile(
    rf"[^\n@]{{6,200}}@[^\s<>@]{{1,100}}>?\)?,? ?(?:{any_of(SPACED)})? ?[:：]", re.IGNORECASE
)
# "On 5 March 2026 at 10:00:11, Ann Bee (ann@example.com) said:": whatever the verb, an address
# in brackets ahead of it is written by a program.
ADDRESSED = re.compile(
    r"[(<\[](?:mailto:)?[^\s()<>\[\]@]{1,80}@[^\s()<>\[\]@]{1,100}[)>\]],?(?:\s[^\s:@]{1,20}){0,3}"
    r"\s?[:：]$"
)
# Verbs that a person uses too; above marked lines, or with an address.
SAID = re.compile(
    r"\b(?:said|says|replied|responded|commented|sagte|meinte|a dit|a répondu|dijo|respondió|"
    r"ha detto|ha risposto|zei|disse|respondeu|sagde|sade)\s?[:：]$",
    re.IGNORECASE,
)
# In the author's own sentences; programs write names.
PRONOUN = re.compile(
    r"\b(?:i|you|we|he|she|they|it|who) (?:wrote|writes|write|sent):$"
    r"|\bschrieb (?:ich|er|sie|mir)\b|\b(?:ich|er|sie) (?:schrieb|geschrieben)\b"
    r"|\b(?:j'ai|tu as|vous avez|il a|elle a) écrit\b",
    re.IGNORECASE,
)


def introduces(line: str) -> bool:
    """Whether a line above headers introduces the quoted mail as well."""
    return WROTE.search(line) is not None and _starts_attribution(line)


def attribution_start(rows: Rows, row: int) -> int | None:
    """Return where the attribution starts whose last row is `row`; None where it ends none."""
    line = rows.lines[row]
    if DATED_LINE.match(line):
        return row
    if "@" in line and TIME.search(line) and _starts_attribution(line) and GOES_ON.match(line):
        return row
    if line[-1].isalnum():
        # Zoho writes no colon.
        if not line.endswith(ENDS) and not ("@" in line and line.endswith(WROTE_ENDS)):
            return None
    else:
        line = line.rstrip(DRAWN + DIRECTION + " \t\xa0")
        if not line.endswith((*COLONS, ">", *ENDS)) or line.endswith("<<<"):
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
    return line.endswith((*COLONS, "?", "!"))


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
    if _starts_attribution(text) and ADDRESSED.search(text):
        return timed or DATE.search(text) is not None
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
    told = WROTE.search(line) or SAID.search(line)
    return told is not None and (marked or ("@" in line and len(line.split()) <= 8))


def _ends_with_address(text: str) -> bool:
    """Whether a text ends with ``<a@b.c>``, perhaps wrapped, perhaps with a colon."""
    tail = text.rstrip(" :：*\t\xa0")
    if not tail.endswith(">"):
        return False
    address = tail[tail.rfind("<") : -1] if "<" in tail[-210:] else ""
    return "@" in address
