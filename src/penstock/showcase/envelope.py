"""The headers of a mail that answers a sales mail."""

from __future__ import annotations

import random
from datetime import datetime
from email.utils import format_datetime

from penstock.showcase.sales import SalesMail, message_id

__all__ = ["envelope"]


def envelope(
    rng: random.Random, answered: SalesMail, subject: str, received: datetime
) -> dict[str, str]:
    """Return the headers from recipient back to sender, with the thread they belong to."""
    return {
        "From": answered.recipient.mailbox,
        "To": answered.sender.mailbox,
        "Subject": subject,
        "Date": format_datetime(received),
        "Message-ID": message_id(rng, answered.recipient),
        "In-Reply-To": answered.message_id,
        "References": answered.message_id,
    }
