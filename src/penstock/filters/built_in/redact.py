"""``redact``: the model does not see addresses and numbers of people."""

from __future__ import annotations

from typing import Annotated, ClassVar

from msgspec import Meta

from penstock.filters.base import Parameters
from penstock.filters.personal import KINDS, Kind, redact
from penstock.filters.record import Record

__all__ = ["Redact"]


class Redact(Parameters, frozen=True):
    """Replaces personal data in what is scored, such as an address by ``[email]``.

    Declare it after `cut_reply`, which reads the addresses in the line above a quote.

    Parameters
    ----------
    kinds : what is replaced: ``email``, ``phone``, ``card``, ``iban``, and ``secret``, a token
        or password in an address of the web; default all.
    """

    name: ClassVar[str] = "redact"
    kinds: Annotated[tuple[Kind, ...], Meta(min_length=1)] = KINDS

    def before(self, records: list[Record]) -> list[Record]:
        """Replace the texts."""
        return [record.replace(text=redact(record.text, self.kinds)) for record in records]
