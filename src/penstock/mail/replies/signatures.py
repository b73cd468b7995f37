"""Where the author's text ends: signature, footer of a telephone, disclaimer."""

from __future__ import annotations

import re
from itertools import groupby, takewhile

from penstock.mail.replies.phrases import (
    BANNERS,
    CLOSINGS,
    DISCLAIMERS,
    MOBILE_FOOTERS,
    Beginnings,
)
from penstock.mail.replies.rows import LONG, Rows
from penstock.mail.replies.spans import Kind

__all__ = ["mark_signatures"]

SIGNATURE_ROWS = 12
CLOSING_ROWS = 5
LIST_ROWS = 5
SENTENCE_WORDS = 5
FOOTER_ROWS = 8
FOOTER_WORDS = 8
# What sends mail; a footer names it.
DEVICE = re.compile(
    r"iphone|ipad|ipod|android|outlook|mail|samsung|galaxy|blackberry|proton|spark|superhuman|phone|"
    r"mobil|handy|handheld|tablet|windows|typeapp|k-9|htc|nokia|huawei|xiaomi|oneplus|pixel|"
    r"motorola|sony|device|appareil|téléphone|dispositiv|teléfono|telefon|telefoon|puhelim|"
    r"телефон|смартфон|мобильн|устройств|手机|手機|スマートフォン|携帯|휴대|https?:| app\b",
    re.IGNORECASE,
)
OWN_DEVICE = Beginnings(
    ("sent from my", "von meinem", "envoyé de mon", "enviado desde mi", "enviado do meu")
)
# What a banner says: that the mail comes from outside, or from somebody new.
OUTSIDE = re.compile(
    r"extern|outside|extérieur|fuera|fora d|esterno|utanför|often get|nicht oft|nicht häufig|"
    r"souvent|suele|costuma|spesso|niet vaak|inte ofta|ikke ofte|często|click|klick|cliqu|"
    r"attachment|anhäng|pièces|sender|absender",
    re.IGNORECASE,
)
# What trackers of opened mails leave behind: a symbol of Streak's (U+1427) or another that nobody
# types, or that nobody sees.
PIXELS = re.compile(
    r"[\u1400-\u167f\u2800\u3164\u115f\u1160\u180e\u034f\u200b-\u200f\u2060-\u2064\ufeff\u00ad\ufe0f"
    r"\u00b7\u2027\u22c5\u2219\u25aa-\u25ab\ufffc\s]{1,4}"
    r"|\[(?:image|cid): ?[^\]\n]{0,40}(?:track|beacon|pixel)[^\]\n]{0,60}\]|mailtrack\b[^\n]{0,80}"
    r"|sender notified by[^\n]{0,80}",
    re.IGNORECASE,
)
# Links in a footer: "Get [Outlook for iOS](https://aka.ms/x)", "Sent from Mail<https://x> for y".
LINK = re.compile(
    r"\]?\(https?://[^\s()]{0,200}\)|<https?://[^\s<>]{0,200}>|\[https?://[^\s\]]{0,200}\]|[\[\]]"
)
# What disclaimers say, however they begin.
CONFIDENTIAL = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r"confidential|vertraulich|confidenti[eë]l|confidencia|riservat|privileged|proprietary",
        r"intended (?:only|solely|for)|intended recipient|addressee|named (?:person|recipient)|"
        r"recipient|empfänger|destinat[aá]ri|destinataire|geadresseerde",
        r"unauthori[sz]ed|disclos|disseminat|distribut|copying|prohibited|unbefugt|untersagt|"
        r"interdit|prohibid|vietat|verboden",
        r"in error|irrtümlich|par erreur|por error|per errore|por engano|abusievelijk|"
        r"notify the sender|delete (?:it|this|the)",
    )
)
# One of these stands in each; looked for first, because that is quick.
STEMS = (
    *("confiden", "vertraul", "privileg", "proprietary", "riserv", "recipient", "intended"),
    *("addressee", "unauthor", "prohibi", "in error", "destinat", "empfänger", "geadresseerde"),
)
HEADING = re.compile(
    r"\W{0,9}(?:[A-Z][\w/&-]{1,20} ){0,4}(?:NOTICE|DISCLAIMER|CONFIDENTIAL\w{0,5}|WARNING|HINWEIS|"
    r"AVIS|AVISO|AVVISO)\b"
)
PARAGRAPH_ROWS = 8
LAST_ROWS = 40
# Mailman, in archives and digests, above each part that it took out of a mail.
NEXT_PART = re.compile(r"-{5,40} ?next part ?-{5,40}$", re.IGNORECASE)
SCRUBBED = re.compile(r"(?:an?|\w{1,20}) [\w /+.-]{0,40}attachment was scrubbed", re.IGNORECASE)
SHORT = 60
CLOSING = frozenset(CLOSINGS)
# Not "Thanks, Ann": that may be all that the author answers.
NAMED_CLOSINGS = Beginnings(word + "," for word in CLOSINGS if "thank" not in word)
SYMBOLS = re.compile(r"[^\w]+\Z|\A[^\w]+")
PUNCTUATION = " ,.!;:*~_、，。！…-"
DRAWING = "-_=*~#+—–/ "
# The delimiter of RFC 3676, and lines that people draw instead.
DELIMITER = "--"
DRAWN = re.compile(r"(?:—{1,8}|–{1,8}|-- -|\*{3}|\* \* \*|-{3,8}|_{2,8})$")
LONG_RULE = re.compile(r"(?:-{9,60}|_{9,60})$")
LIST_RULE = re.compile(r"_{20,200}$")
# "-Name" or "/Name" at the end.
NAME = re.compile(r"[-–—/]\s?[^\W\d_][\w.'’]{0,20}(?:\s[^\W\d_][\w.'’]{0,20}){0,2}$")
CONTACT = re.compile(r"@|://|www\.|\+?\d[\d().\s/-]{6,18}\d|\bvia mobile\b", re.IGNORECASE)
# Above a signature: "Ann Lee", "Dr. Ann Lee, CEO", "ann", "The Pump Team".
NAMED = re.compile(
    r"[^\W\d_][\w'’-]{0,20}\.?(?:[ ,]{1,2}(?:(?:von|van|de|der|of|and|la|du|di|&)\s)?[^\W\da-z_]"
    r"[\w'’-]{0,20}\.?){0,5}$"
)
DRAWN_WITH = "-_=*~#+—–─━ "
POSTSCRIPT = re.compile(r"(?:p\.?\s?s|n\.?b)\.?\s?[:.,\s]\s?\w", re.IGNORECASE)


def mark_signatures(rows: Rows, kinds: list[Kind], sender: str = "") -> None:
    """Mark, in `kinds`, what closes each stretch of the author's rows.

    In a mail that is a forward and nothing else it is the forwarded mail's signature.
    """
    names = _names(sender)
    own = Kind.REPLY if _has(rows, kinds, Kind.REPLY) else Kind.FORWARD
    first = True
    for kind, group in groupby(range(len(rows)), key=list(kinds).__getitem__):
        if kind is not own:
            continue
        stretch = [row for row in group if rows.lines[row]]
        _mark_banners(rows, kinds, stretch, first)
        stretch = [row for row in stretch if kinds[row] is own]
        _mark_stretch(rows, kinds, stretch, names, first)
        first = first and not stretch


def _has(rows: Rows, kinds: list[Kind], kind: Kind) -> bool:
    return any(known is kind and rows.lines[row] for row, known in enumerate(kinds))


def _mark_stretch(
    rows: Rows, kinds: list[Kind], stretch: list[int], names: list[str], first: bool
) -> None:
    """Mark the end of the filled rows `stretch`; `first` says that no text stands above."""
    for row in stretch[-FOOTER_ROWS:]:
        if _is_footer(rows.lines[row]):
            kinds[row] = Kind.FOOTER
    _mark_next_parts(rows, kinds, stretch)
    stretch = [row for row in stretch if kinds[row] is not Kind.FOOTER]
    end = len(stretch)
    start, kind = _disclaimer_start(rows, stretch, first), Kind.DISCLAIMER
    _mark(rows, kinds, stretch[start:end], kind)
    # Above a disclaimer or a list's footer the author's own signature may stand.
    for _ in range(2):
        end, start = start, _signature_start(rows, stretch[:start], names, first)
        _mark(rows, kinds, stretch[start:end], Kind.SIGNATURE)


def _mark_next_parts(rows: Rows, kinds: list[Kind], stretch: list[int]) -> None:
    """Mark Mailman's line above a part, and its note on a part that it took out."""
    for place, row in enumerate(stretch):
        if rows.lines[row][0] != "-" or not NEXT_PART.match(rows.lines[row]):
            continue
        kinds[row] = Kind.FOOTER
        below = stretch[place + 1] if place + 1 < len(stretch) else row
        if SCRUBBED.match(rows.lines[below]):
            note = takewhile(lambda n: rows.lines[n], range(below, min(below + 9, len(rows))))
            end = max(note) + 1
            kinds[row:end] = [Kind.FOOTER] * (end - row)


def _mark(rows: Rows, kinds: list[Kind], stretch: list[int], kind: Kind) -> None:
    if not stretch:
        return
    for row in range(stretch[0], stretch[-1] + 1):
        if POSTSCRIPT.match(rows.lines[row]):
            return
        if kinds[row] in (Kind.REPLY, Kind.FORWARD):
            kinds[row] = kind


def _mark_banners(rows: Rows, kinds: list[Kind], stretch: list[int], first: bool) -> None:
    """Mark what a mail server puts on top: a paragraph such as ``CAUTION: external mail``."""
    if not first or not stretch or not BANNERS.begin(rows.lines[stretch[0]]):
        return
    start = end = stretch[0]
    while end <= stretch[-1] and rows.lines[end] and not rows.marked[end]:
        end += 1
    if OUTSIDE.search(" ".join(rows.lines[start:end])[:LONG]):
        kinds[start:end] = [Kind.DISCLAIMER] * (end - start)


def _disclaimer_start(rows: Rows, stretch: list[int], first: bool) -> int:
    late = len(stretch) - LAST_ROWS
    words = "\n".join(rows.lines[row] for row in stretch[-LAST_ROWS:]).lower()
    if not any(stem in words for stem in STEMS):
        late = len(stretch)
    found = (
        n
        for n, row in enumerate(stretch)
        if DISCLAIMERS.begin(rows.lines[row]) or (n >= late and _is_disclaimer(rows, row))
    )
    return next((n for n in found if n or not first), len(stretch))


def _is_disclaimer(rows: Rows, row: int) -> bool:
    """Whether a paragraph starts that says what disclaimers say, whatever its first words."""
    if row and rows.lines[row - 1] and not HEADING.match(rows.lines[row]):
        return False
    lines = takewhile(bool, rows.lines[row : row + PARAGRAPH_ROWS])
    text = " ".join(lines)[: 2 * LONG]
    said = sum(pattern.search(text) is not None for pattern in CONFIDENTIAL)
    return said >= 3 or (said > 0 and HEADING.match(text) is not None and len(text) > SHORT)


def _is_footer(line: str) -> bool:
    if PIXELS.fullmatch(line):
        return True
    if linked := "http" in line:
        line = " ".join(LINK.sub(" ", line).split())
    if len(line) > 120 or not MOBILE_FOOTERS.begin(line):
        return False
    # "Sent by courier." is the author's, and "Sent from my desk, which is nicer than a phone."
    if not (linked or DEVICE.search(line) or OWN_DEVICE.begin(line)):
        return False
    words = len(line.split())
    return words <= FOOTER_WORDS or (", " not in line and words <= 2 * FOOTER_WORDS)


def _signature_start(rows: Rows, stretch: list[int], names: list[str], first: bool) -> int:
    """Return where in `stretch` the signature starts; its length for none."""
    for place in range(max(0, len(stretch) - SIGNATURE_ROWS - 1), len(stretch)):
        if place == 0 and first and rows.lines[stretch[0]] != DELIMITER:
            continue
        if _closes(rows, stretch, place) or _is_signed(rows, stretch, place, names):
            return place
    return len(stretch)


def _closes(rows: Rows, stretch: list[int], place: int) -> bool:
    """Whether a signature starts at `place`, told by its first row."""
    line, below = rows.lines[stretch[place]], stretch[place + 1 :]
    left = len(below)
    if line[0] in DRAWING:
        again = line != DELIMITER and any(rows.lines[row] == line for row in stretch[:place])
        if again and not line.strip(DRAWN_WITH) and not _has_contact(rows, below):
            return False  # the author's, who drew it twice
        return _closes_drawn(rows, line, below)
    if len(line) <= SHORT and _is_closing(line, left):
        return left <= CLOSING_ROWS and _are_short(rows, below)
    return False


def _closes_drawn(rows: Rows, line: str, below: list[int]) -> bool:
    """Whether a line that starts with a dash, or is drawn, starts a signature."""
    left = len(below)
    if line.strip(DRAWN_WITH) == "" and line != DELIMITER and _divides(rows, line, below):
        return False
    if not line.strip(DRAWING) and (not left or line == DELIMITER):
        return left <= SIGNATURE_ROWS
    if LIST_RULE.match(line) and 0 < left <= LIST_ROWS:
        return _has_contact(rows, below)
    if not left and line[1:2].strip()[:1].isupper() and NAME.match(line):
        return True
    if left and DRAWN.match(line) and left <= CLOSING_ROWS:
        return _are_short(rows, below)
    return bool(LONG_RULE.match(line)) and _has_contact(rows, below) and _are_short(rows, below)


def _divides(rows: Rows, line: str, below: list[int]) -> bool:
    """Whether a drawn line parts the author's own text: what is below does not sign it.

    A name does, or how to reach somebody; a second rule, a sentence or a list does not.
    """
    if not below:
        return False
    texts = [rows.lines[row] for row in below]
    if any(not text.strip(DRAWN_WITH) and text != DELIMITER for text in texts[:-1]):
        return not NAMED.match(texts[0]) or (line in texts and not _has_contact(rows, below))
    if any(map(CONTACT.search, texts)) and not texts[0].endswith(("?", "!", ":")):
        return False
    return NAMED.match(texts[0]) is None or any(text.endswith(("?", "!")) for text in texts)


def _is_signed(rows: Rows, stretch: list[int], place: int, names: list[str]) -> bool:
    """Whether a paragraph of short lines at the end starts with, or holds, the sender's name."""
    row, below = stretch[place], stretch[place:]
    if not names or len(rows.lines[row]) > SHORT or not _are_short(rows, below):
        return False
    if row and rows.lines[row - 1]:
        return False
    above = rows.lines[stretch[place - 1]] if place else ""
    if above.endswith((":", "：")):
        return False  # "Please write to:" is followed by what the author wants to say
    if _plain(rows.lines[row]) in names:
        return True
    together = len(below) > 1 and below[-1] - row == len(below) - 1
    plain = [_plain(rows.lines[line]) for line in below]
    return together and any(name in line for name in names[:2] for line in plain)


def _names(sender: str) -> list[str]:
    """Return the sender's address and name, and each word of the name, as compared."""
    name, _, address = sender.rpartition("<")
    if not name:
        name, address = ("", sender) if "@" in sender else (sender, "")
    name = _plain(name.strip(" \"'"))
    words = [word for word in name.split() if len(word) > 1]
    return [n for n in (address.strip("<> ").casefold(), name, *words) if n]


def _plain(line: str) -> str:
    return line.strip("-–—*_/ ,.").casefold()


def _has_contact(rows: Rows, below: list[int]) -> bool:
    return any(CONTACT.search(rows.lines[row]) for row in below)


def _is_closing(line: str, left: int) -> bool:
    """Whether a line closes a mail: ``Best regards,``, and at the very end ``Best, Ann``."""
    words = line.strip(PUNCTUATION).casefold()
    if words in CLOSING or (words[-1:].isalnum() is False and SYMBOLS.sub("", words) in CLOSING):
        return True
    if left or not NAMED_CLOSINGS.begin(line):
        return False
    name = line[line.index(",") + 1 :].strip(" .!").split()
    return 0 < len(name) <= 3 and all(word[0].isupper() for word in name)


def _are_short(rows: Rows, below: list[int]) -> bool:
    """Whether lines could be a signature's: short, and none of them a sentence."""
    lines = takewhile(lambda line: not POSTSCRIPT.match(line), (rows.lines[row] for row in below))
    return all(len(line) <= SHORT and not _is_sentence(line) for line in lines)


def _is_sentence(line: str) -> bool:
    return line[-1] in ".?!" and len(line.split()) >= SENTENCE_WORDS
