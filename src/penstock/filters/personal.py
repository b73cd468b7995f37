"""Personal data in a text: where it is, and the text without it.

Shapes only, no names of people: what is found is told by its form and, for card numbers and
IBANs, by its check digits. Every pattern looks at a bounded number of characters from where
it starts, so the time is linear in the length of the text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args

__all__ = ["KINDS", "Found", "Kind", "find", "redact"]

Kind: TypeAlias = Literal["secret", "email", "iban", "card", "phone"]

KINDS: tuple[Kind, ...] = get_args(Kind)
"""In the order in which they claim characters: digits of an IBAN are no telephone number."""


@dataclass(frozen=True, slots=True)
class Found:
    """One find: ``text[start:end]`` is of this kind."""

    kind: Kind
    start: int
    end: int


def redact(text: str, kinds: Collection[Kind] = KINDS) -> str:
    """Return the text with each find replaced by its kind, such as ``[email]``.

    >>> redact("Call +44 20 7946 0958 or write to ann@example.com.")
    'Call [phone] or write to [email].'

    Parameters
    ----------
    text : any.
    kinds : ``email``; ``phone``; ``card``, numbers that pass the Luhn check; ``iban``, with
        the length of its country and the check of ISO 13616; ``secret``, tokens and passwords
        in addresses of the web. Default all.
    """
    pieces, at = [], 0
    for found in find(text, kinds):
        pieces += [text[at : found.start], f"[{found.kind}]"]
        at = found.end
    return "".join([*pieces, text[at:]])


def find(text: str, kinds: Collection[Kind] = KINDS) -> list[Found]:
    """Return all finds in their order; no two overlap."""
    chosen: list[Found] = []
    for kind in KINDS:
        if kind in kinds:
            spans = sorted((found.start, found.end) for found in chosen)
            chosen += [Found(kind, *span) for span in _free(FINDERS[kind](text), spans)]
    return sorted(chosen, key=lambda found: found.start)


Span: TypeAlias = tuple[int, int]


def _free(spans: Iterable[Span], taken: list[Span]) -> Iterator[Span]:
    """Yield those that touch none of `taken`; both are in order."""
    at = 0
    for start, end in spans:
        while at < len(taken) and taken[at][1] <= start:
            at += 1
        if at == len(taken) or taken[at][0] >= end:
            yield start, end


EMAIL = re.compile(r"(?<![\w.+=-])\w[\w.+=%&#~'’-]{0,63}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}")


def _emails(text: str) -> Iterator[Span]:
    return (match.span() for match in EMAIL.finditer(text))


URL = re.compile(r"(?:https?|ftp)://[^\s<>\"')\]]{1,2048}", re.IGNORECASE)
PASSWORD = re.compile(r"(?<=://)[^/?#@\s]{1,256}(?=@)")
NAMED = re.compile(
    r"(?<=[?&;#])(?:\w{0,20}(?:token|key|sig|secret|auth|session|pass|pwd|jwt|hash|code|ticket)"
    r"\w{0,20}|s?id|t|u|k|e)=([^&#;\s]{6,1024})",
    re.IGNORECASE,
)
PIECE = re.compile(r"(?<=[/=?&#.])[\w~%+-]{16,1024}(?![\w~%+-])")
UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
RUN = re.compile(r"[A-Za-z0-9]{16,}")


def _secrets(text: str) -> Iterator[Span]:
    for url in URL.finditer(text):
        yield from _free_of_each_other(sorted(_secrets_of(text, *url.span())))


def _secrets_of(text: str, start: int, end: int) -> Iterator[Span]:
    yield from (match.span() for match in PASSWORD.finditer(text, start, end))
    yield from (match.span(1) for match in NAMED.finditer(text, start, end))
    for match in PIECE.finditer(text, start, end):
        if _random(match.group()):
            yield match.span()


def _random(piece: str) -> bool:
    """Tell a token from words: a UUID, or a long run with letters and digits mixed."""
    if UUID.fullmatch(piece):
        return True
    runs = RUN.findall(piece)
    return any(sum(c.isdigit() for c in run) >= 3 and not run.isdigit() for run in runs)


def _free_of_each_other(spans: Iterable[Span]) -> Iterator[Span]:
    last = 0
    for start, end in spans:
        if start >= last:
            yield start, end
            last = end


CARD = re.compile(r"(?<![\d.,-])[2-6]\d{3}(?:[ -]?\d){8,14}\d(?![\d-])")
ISSUERS = re.compile(
    r"4(?:\d{12}|\d{15}|\d{18})|5[1-5]\d{14}|2[2-7]\d{14}|3[47]\d{13}|3[068]\d{12}|6\d{15,18}"
)
"""Visa, Mastercard, American Express, Diners Club; Discover, Maestro and UnionPay under 6:
the first digits and lengths of ISO/IEC 7812."""


def _cards(text: str) -> Iterator[Span]:
    for match in CARD.finditer(text):
        digits = re.sub(r"\D", "", match.group())
        if ISSUERS.fullmatch(digits) and _luhn([int(digit) for digit in digits]):
            yield match.span()


def _luhn(digits: list[int]) -> bool:
    doubled = [sum(divmod(2 * digit, 10)) for digit in digits[-2::-2]]
    return (sum(doubled) + sum(digits[-1::-2])) % 10 == 0


IBAN_LENGTHS = {
    "AD": 24, "AE": 23, "AL": 28, "AT": 20, "AZ": 28, "BA": 20, "BE": 16, "BG": 22, "BH": 22,
    "BR": 29, "BY": 28, "CH": 21, "CR": 22, "CY": 28, "CZ": 24, "DE": 22, "DK": 18, "DO": 28,
    "EE": 20, "EG": 29, "ES": 24, "FI": 18, "FO": 18, "FR": 27, "GB": 22, "GE": 22, "GI": 23,
    "GL": 18, "GR": 27, "GT": 28, "HR": 21, "HU": 28, "IE": 22, "IL": 23, "IQ": 23, "IS": 26,
    "IT": 27, "JO": 30, "KW": 30, "KZ": 20, "LB": 28, "LC": 32, "LI": 21, "LT": 20, "LU": 20,
    "LV": 21, "LY": 25, "MC": 27, "MD": 24, "ME": 22, "MK": 19, "MR": 27, "MT": 31, "MU": 30,
    "NL": 18, "NO": 15, "PK": 24, "PL": 28, "PS": 29, "PT": 25, "QA": 29, "RO": 24, "RS": 22,
    "SA": 24, "SC": 31, "SE": 24, "SI": 19, "SK": 24, "SM": 27, "SV": 28, "TL": 23, "TN": 24,
    "TR": 26, "UA": 29, "VA": 22, "VG": 24, "XK": 20,
}  # fmt: skip
"""Characters of an IBAN by country: the IBAN registry of SWIFT (ISO 13616)."""

IBAN_START = re.compile(r"(?<!\w)[A-Za-z]{2}\d{2}(?=[ -]?[A-Za-z0-9])")


def _ibans(text: str) -> Iterator[Span]:
    for match in IBAN_START.finditer(text):
        length = IBAN_LENGTHS.get(match.group()[:2].upper())
        end = _iban_end(text, match.start(), length) if length else None
        if end:
            yield match.start(), end


def _iban_end(text: str, start: int, length: int) -> int | None:
    end, characters = start, []
    for place in range(start, min(len(text), start + 2 * length)):
        if text[place] in " -":
            continue
        if not (text[place].isascii() and text[place].isalnum()):
            break
        characters.append(text[place])
        end = place + 1
        if len(characters) == length:
            break
    ends = end == len(text) or not text[end].isalnum()
    return end if ends and len(characters) == length and _mod97("".join(characters)) else None


def _mod97(iban: str) -> bool:
    moved = iban[4:] + iban[:4]
    return int("".join(str(int(character, 36)) for character in moved)) % 97 == 1


GAP = r"[ \t\u00a0\u202f().·/-]{0,3}"
PHONE = re.compile(
    # A date is taken first, so that it is neither a number nor the start of one.
    r"(?P<date>(?<!\d)(?:\d{1,2}[./-]\d{1,2}[./-](?:\d{4}|\d{2})|\d{4}-\d{2}-\d{2})(?!\d))"
    r"|(?P<cue>\b(?:tel|phone|mobile|mob|cell|fax|call|handy|telefon|telefono|téléphone|"
    r"telefoon|whatsapp|m|t|p|f)\b[.: \t]{0,3})?"
    r"(?P<number>(?<![\w+.,])(?<![\w+.,]-)(?:\+|\(\+?)?\d(?:" + GAP + r"\d){6,14})(?![\w-]|[.,]\d)",
    re.IGNORECASE,
)
ZIP = re.compile(r"\d{5}-\d{4}")
NORTH_AMERICAN = re.compile(r"(?:1[ .-])?(?:\(\d{3}\)[ ./-]{0,2}|\d{3}[ ./-]{1,2})\d{3}[ .-]\d{4}")


def _phones(text: str) -> Iterator[Span]:
    for match in PHONE.finditer(text):
        number = match["number"]
        if number and (match["cue"] or _international(number) or _national(number)):
            yield match.span("number")


def _international(number: str) -> bool:
    return number.startswith(("+", "(+", "00")) and sum(map(str.isdigit, number)) >= 8


def _national(number: str) -> bool:
    """Tell a number without its country: 0 and nine digits or more in all, or 555-555-5555."""
    digits = sum(map(str.isdigit, number))
    trunk = number.lstrip("(").startswith("0") and digits >= 9 and not ZIP.fullmatch(number)
    return trunk or NORTH_AMERICAN.fullmatch(number) is not None


FINDERS: dict[Kind, Callable[[str], Iterable[Span]]] = {
    "secret": _secrets,
    "email": _emails,
    "iban": _ibans,
    "card": _cards,
    "phone": _phones,
}
