"""What a filter is."""

from __future__ import annotations

from typing import ClassVar, Protocol, runtime_checkable

import msgspec

from penstock.filters.record import Record

__all__ = ["AfterFilter", "BeforeFilter", "Filter", "Parameters"]


class Parameters(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A base for filters: the fields of the class are its parameters, frozen and typed.

    Bounds go into the type (``Annotated[int, msgspec.Meta(ge=1)]``), what spans several
    parameters into ``__post_init__``, which raises ValueError. A dataclass does as well.
    """


class Filter(Protocol):
    """A step of the pipeline. Pure and thread-safe: the same object serves all requests.

    A filter has `before`, `after`, or both. One with both is declared in ``before:``; its
    `after` sees the model's raw answers, ahead of the filters declared in ``after:``.
    """

    name: ClassVar[str]


@runtime_checkable
class BeforeFilter(Protocol):
    """Works on texts that the model has not scored yet."""

    name: ClassVar[str]

    def before(self, records: list[Record]) -> list[Record]:
        """Return as many records, in the same order. All that come are pending."""
        ...


@runtime_checkable
class AfterFilter(Protocol):
    """Works on answers."""

    name: ClassVar[str]

    def after(self, records: list[Record]) -> list[Record]:
        """Return as many records, in the same order. They come with every status."""
        ...
