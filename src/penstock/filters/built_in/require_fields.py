"""``require_fields``: a record that lacks something is no input."""

from __future__ import annotations

from typing import Annotated, ClassVar

from msgspec import Meta

from penstock.filters.base import Parameters
from penstock.filters.record import Record

__all__ = ["RequireFields"]

Name = Annotated[str, Meta(min_length=1)]


class RequireFields(Parameters, frozen=True):
    """Does not score records that lack a text, a header or a field.

    Empty and blank is as good as absent. Declare it last where another filter may leave
    nothing of a text.

    Parameters
    ----------
    text : whether a text is wanted that is not blank; default true.
    headers : names of headers of a mail, in any case; default none.
    fields : names beside ``text`` and ``headers`` in a record of a request; default none.

    Examples
    --------
    - filter: require_fields
      headers: [from, message-id]
      fields: [customer]
    """

    name: ClassVar[str] = "require_fields"
    text: bool = True
    headers: tuple[Name, ...] = ()
    fields: tuple[Name, ...] = ()

    def before(self, records: list[Record]) -> list[Record]:
        """Set `not_scored`, with the names of all that is missing."""
        return [self._check(record) for record in records]

    def _check(self, record: Record) -> Record:
        missing = ["text"] if self.text and not record.text.strip() else []
        missing += [
            f"header {name}" for name in self.headers if _blank(record.headers.get(name.lower()))
        ]
        missing += [f"field {name}" for name in self.fields if _blank(record.fields.get(name))]
        return record.not_scored(self.name, f"no {', no '.join(missing)}") if missing else record


def _blank(value: object) -> bool:
    return value is None or (isinstance(value, str) and not value.strip())
