"""``cut_reply``: score what the author wrote now, not the thread below it."""

from __future__ import annotations

from typing import ClassVar, Literal

from penstock.filters.base import Parameters
from penstock.filters.record import Record
from penstock.mail.replies import Cut, cut, cut_html, is_html

__all__ = ["CutReply"]


class CutReply(Parameters, frozen=True):
    """Cuts quoted thread, signature, mobile footer and disclaimer from a reply.

    The text is never empty where the mail was not.

    Parameters
    ----------
    thread : ``reply`` keeps the author's current text, ``full`` quotes and forwards too, where
        they stood; default ``reply``.
    signature : ``drop`` or ``keep`` the author's signature, footer and disclaimer; default
        ``drop``.
    """

    name: ClassVar[str] = "cut_reply"
    thread: Literal["reply", "full"] = "reply"
    signature: Literal["keep", "drop"] = "drop"

    def before(self, records: list[Record]) -> list[Record]:
        """Replace the texts."""
        return [record.replace(text=self._cut(record)) for record in records]

    def _cut(self, record: Record) -> str:
        if self.thread == "full" and self.signature == "keep" and not is_html(record.text):
            return record.text
        parts = _parts(record)
        return parts.reply(signature=self.signature == "keep", thread=self.thread == "full")


def _parts(record: Record) -> Cut:
    sender, subject = record.headers.get("from", ""), record.headers.get("subject", "")
    read = cut_html if is_html(record.text) else cut
    return read(record.text, sender=sender, subject=subject)
