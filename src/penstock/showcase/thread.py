"""The quoted thread, as seven mail clients write it in eleven languages."""

from __future__ import annotations

import random
import textwrap
from collections.abc import Callable
from datetime import datetime

from penstock.showcase.sales import SalesMail
from penstock.showcase.sources import table

__all__ = ["CLIENTS", "LANGUAGES", "day", "quoted"]

LANGUAGES = ("en", "de", "fr", "es", "it", "nl", "pt", "sv", "ja", "da", "pl")


def quoted(client: str, language: str, mail: SalesMail, rng: random.Random) -> str:
    """Return the mail as ``client`` quotes it below a reply."""
    return CLIENTS[client](language, mail, rng)


def day(language: str, when: datetime) -> str:
    """Return a day such as ``3 June`` in a language."""
    pattern: str = table("clients")[language]["day"]
    return pattern.format(**_date_fields(language, when))


def _gmail(language: str, mail: SalesMail, rng: random.Random) -> str:
    head = textwrap.fill(_introduction("gmail", language, mail), 78, break_on_hyphens=False)
    return f"{head}\n\n{_angle_quotes(_folded(mail.text))}"


def _apple_mail(language: str, mail: SalesMail, rng: random.Random) -> str:
    head = _introduction("apple", language, mail)
    if rng.random() < 0.5:  # the telephone quotes its own introduction
        return _angle_quotes(f"{head}\n\n{mail.text}")
    return f"{head}\n\n{_angle_quotes(mail.text)}"


def _thunderbird(language: str, mail: SalesMail, rng: random.Random) -> str:
    head = _introduction("thunderbird", language, mail)
    return f"{head}\n{_angle_quotes(_folded(mail.text))}"


def _yahoo(language: str, mail: SalesMail, rng: random.Random) -> str:
    head = _introduction("yahoo", language, mail)
    return f"{head}\n\n{textwrap.indent(mail.text, '  ')}"


def _outlook_desktop(language: str, mail: SalesMail, rng: random.Random) -> str:
    divider = table("clients")[language]["outlook"][4]
    head = _outlook_head(language, mail)
    return f"{divider}\n{head}" if rng.random() < 0.5 else head


def _outlook_web(language: str, mail: SalesMail, rng: random.Random) -> str:
    return f"{'_' * 32}\n{_outlook_head(language, mail)}"


def _lotus_notes(language: str, mail: SalesMail, rng: random.Random) -> str:
    sender, recipient, date, subject = table("clients")[language]["notes"]
    fields = [
        f"{sender}\t{mail.sender.name}/{mail.sender.company} <{mail.sender.address}>",
        f"{recipient}\t{mail.recipient.name}/{mail.recipient.company}",
        f"{date}\t{mail.sent:%d.%m.%Y %H:%M}",
        f"{subject}\t{mail.subject}",
    ]
    return "\n".join(fields) + f"\n\n{mail.text}"


CLIENTS: dict[str, Callable[[str, SalesMail, random.Random], str]] = {
    "gmail": _gmail,
    "outlook_desktop": _outlook_desktop,
    "outlook_web": _outlook_web,
    "apple_mail": _apple_mail,
    "thunderbird": _thunderbird,
    "yahoo": _yahoo,
    "lotus_notes": _lotus_notes,
}


def _introduction(client: str, language: str, mail: SalesMail) -> str:
    pattern: str = table("clients")[language][client]
    who = {"name": mail.sender.name, "address": mail.sender.address}
    return pattern.format(**who, **_date_fields(language, mail.sent))


def _outlook_head(language: str, mail: SalesMail) -> str:
    sender, sent, recipient, subject, _ = table("clients")[language]["outlook"]
    date = table("clients")[language]["long_date"].format(**_date_fields(language, mail.sent))
    fields = [
        f"{sender} {mail.sender.mailbox}",
        f"{sent} {date}",
        f"{recipient} {mail.recipient.mailbox}",
        f"{subject} {mail.subject}",
    ]
    return "\n".join(fields) + f"\n\n{mail.text}"


def _date_fields(language: str, when: datetime) -> dict[str, str]:
    words = table("clients")[language]
    noon = "AM" if when.hour < 12 else "PM"
    return {
        "wd": words["short_weekdays"][when.weekday()],
        "weekday": words["weekdays"][when.weekday()],
        "mon": words["short_months"][when.month - 1],
        "month": words["months"][when.month - 1],
        "d": str(when.day),
        "dd": f"{when:%d}",
        "m": str(when.month),
        "mm": f"{when:%m}",
        "yy": f"{when:%y}",
        "yyyy": f"{when:%Y}",
        "time": f"{when:%H:%M}",
        "seconds": f"{when:%H:%M:%S}",
        "time12": f"{when.hour % 12 or 12}:{when:%M} {noon}",
        "seconds12": f"{when.hour % 12 or 12}:{when:%M:%S} {noon}",
    }


def _folded(text: str) -> str:
    return "\n".join(textwrap.fill(line, 72, break_on_hyphens=False) for line in text.split("\n"))


def _angle_quotes(text: str) -> str:
    return "\n".join(f"> {line}".rstrip() for line in text.split("\n"))
