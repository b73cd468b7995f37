"""``drop_auto_replies``: a vacation note is no answer of a person."""

from __future__ import annotations

from typing import ClassVar

from penstock.filters.base import Parameters
from penstock.filters.record import Record
from penstock.mail.automatic import automatic

__all__ = ["DropAutoReplies"]


class DropAutoReplies(Parameters, frozen=True):
    """Does not score out-of-office notes, automatic answers, bounces and receipts.

    Declare it ahead of `cut_reply`: a bounce is told by text that `cut_reply` takes away.

    Parameters
    ----------
    body : whether the text is looked at too, not only headers and subject; default true.
    """

    name: ClassVar[str] = "drop_auto_replies"
    body: bool = True

    def before(self, records: list[Record]) -> list[Record]:
        """Set `not_scored` with a reason such as ``auto_reply: header Auto-Submitted``."""
        return [self._check(record) for record in records]

    def _check(self, record: Record) -> Record:
        reason = automatic(record.headers, record.text if self.body else "")
        return record.not_scored(self.name, reason) if reason else record
