"""``cut_reply``: score what the author wrote now, not the thread below it."""

from __future__ import annotations

from typing import ClassVar, Literal

from penstock.filters.base import Parameters
from penstock.filters.cutter import cut
from penstock.filters.record import Record

__all__ = ["CutReply"]


class CutReply(Parameters, frozen=True):
    """Cuts quoted thread, signature, mobile footer and disclaimer from a reply.

    The text is never empty where the mail was not.

    Parameters
    ----------
    thread : ``reply`` keeps the author's current text, ``full`` the thread too; default
        ``reply``.
    signature : ``drop`` or ``keep`` signature, footer and disclaimer; default ``drop``.
        With ``thread: full`` they stay.
    """

    name: ClassVar[str] = "cut_reply"
    thread: Literal["reply", "full"] = "reply"
    signature: Literal["keep", "drop"] = "drop"

    def before(self, records: list[Record]) -> list[Record]:
        """Replace the texts."""
        if self.thread == "full":
            return records
        keep = self.signature == "keep"
        return [r.replace(text=cut(r.text).reply(signature=keep)) for r in records]
