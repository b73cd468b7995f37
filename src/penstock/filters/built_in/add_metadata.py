"""``add_metadata``: constants and facts of the record beside each prediction."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

from msgspec import field

from penstock.filters.base import Parameters
from penstock.filters.record import Record

__all__ = ["AddMetadata"]

Fact = Literal["characters", "decided_by", "message_id", "subject"]


class AddMetadata(Parameters, frozen=True):
    """Adds metadata to every prediction, whatever its status.

    Parameters
    ----------
    values : constants, by key; default none.
    fields : facts of the record: ``characters`` the model was given, ``decided_by``, and of
        a mail ``message_id`` and ``subject``; default none.

    Examples
    --------
    - filter: add_metadata
      values: {team: sales}
      fields: [message_id, decided_by]
    """

    name: ClassVar[str] = "add_metadata"
    values: dict[str, str | int | float | bool | None] = field(default_factory=dict)
    fields: tuple[Fact, ...] = ()

    def after(self, records: list[Record]) -> list[Record]:
        """Add to the annotations; a later filter's key wins."""
        return [self._annotate(record) for record in records]

    def _annotate(self, record: Record) -> Record:
        facts = {name: _fact(record, name) for name in self.fields}
        return record.replace(annotations={**record.annotations, **self.values, **facts})


def _fact(record: Record, name: Fact) -> Any:
    if name == "characters":
        return len(record.text)
    if name == "decided_by":
        return record.decided_by
    return record.headers.get(name.replace("_", "-"))
