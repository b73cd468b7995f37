"""The outbound mail that a prospect answers."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone

from penstock.showcase.people import Person, prospect, seller
from penstock.showcase.sources import blocks

__all__ = ["SalesMail", "message_id", "sales_mail"]

_FIRST_DAY = datetime(2025, 1, 6, 7, 0, tzinfo=UTC)
_PARAGRAPH = "\n\n"


@dataclass(frozen=True, slots=True)
class SalesMail:
    """One outbound mail: who wrote what to whom, and when."""

    sender: Person
    recipient: Person
    subject: str
    text: str
    sent: datetime
    message_id: str


def sales_mail(rng: random.Random) -> SalesMail:
    """Return one of the hand-written sales mails, addressed to somebody."""
    sender, recipient = seller(rng), prospect(rng)
    subject, text = rng.choice(list(blocks("sales.txt")))
    fields = {
        "prospect": recipient.first_name,
        "vendor": sender.company,
        "domain": sender.domain,
    }
    closing = f"Best regards,\n{sender.name}\n{sender.company}"
    return SalesMail(
        sender=sender,
        recipient=recipient,
        subject=subject.format(**fields),
        text=text.format(**fields) + _PARAGRAPH + closing,
        sent=_working_hour(rng),
        message_id=message_id(rng, sender),
    )


def _working_hour(rng: random.Random) -> datetime:
    minutes = rng.randrange(9 * 60) + rng.randrange(365) * 24 * 60
    zone = timezone(timedelta(hours=rng.choice([-5, 0, 1, 2])))
    return (_FIRST_DAY + timedelta(minutes=minutes, seconds=rng.randrange(60))).astimezone(zone)


def message_id(rng: random.Random, writer: Person) -> str:
    """Return a Message-ID at the writer's domain."""
    return f"<{rng.getrandbits(64):016x}@{writer.domain}>"
