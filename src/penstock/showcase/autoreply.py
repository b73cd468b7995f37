"""Out-of-office messages: mail that no person wrote for us."""

from __future__ import annotations

import random
from datetime import timedelta

from penstock.showcase.envelope import envelope
from penstock.showcase.mail import Mail
from penstock.showcase.people import Person, prospect
from penstock.showcase.sales import SalesMail, sales_mail
from penstock.showcase.sources import table
from penstock.showcase.thread import day

__all__ = ["auto_reply"]


def auto_reply(rng: random.Random) -> Mail:
    """Return an out-of-office message in one of eleven languages, with its headers."""
    answered, colleague = sales_mail(rng), prospect(rng)
    notices = table("autoreplies")
    notice = rng.choice(notices["messages"])
    fields = _fields(rng, notice["language"], answered, colleague)
    received = answered.sent + timedelta(seconds=rng.randrange(2, 90))
    headers = envelope(rng, answered, notice["subject"].format(**fields), received)
    marks = rng.choice(notices["headers"])
    text = notice["text"].format(**fields)
    return Mail(text=text, headers=headers | marks, intent=None, body_id=None)


def _fields(
    rng: random.Random, language: str, answered: SalesMail, colleague: Person
) -> dict[str, str]:
    back = answered.sent + timedelta(days=rng.randrange(3, 40))
    domain = answered.recipient.domain
    return {
        "back": day(language, back),
        "name": colleague.name,
        "address": f"{colleague.address.partition('@')[0]}@{domain}",
        "company": answered.recipient.company,
        "topic": answered.subject,
    }
