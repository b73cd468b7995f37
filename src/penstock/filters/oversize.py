"""``refuse_oversize``: a text so long is no reply."""

from __future__ import annotations

from typing import Annotated, ClassVar

from msgspec import Meta

from penstock.filters.base import Parameters
from penstock.filters.record import Record

__all__ = ["RefuseOversize"]


class RefuseOversize(Parameters, frozen=True):
    """Does not score texts above a size.

    Parameters
    ----------
    max_characters : the longest text that is scored; default 20000.
    """

    name: ClassVar[str] = "refuse_oversize"
    max_characters: Annotated[int, Meta(ge=1)] = 20_000

    def before(self, records: list[Record]) -> list[Record]:
        """Set `not_scored` on those that are too long."""
        return [self._check(record) for record in records]

    def _check(self, record: Record) -> Record:
        size = len(record.text)
        if size <= self.max_characters:
            return record
        return record.not_scored(self.name, f"{size} characters, limit {self.max_characters}")
