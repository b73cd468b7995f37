"""What a filter is."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, ClassVar, Protocol, TypeAlias, runtime_checkable

import msgspec

from penstock.filters.record import Record

__all__ = ["AfterFilter", "BeforeFilter", "Filter", "Parameters", "Spans"]

Spans: TypeAlias = Callable[[str], list[tuple[int, int]]]
"""A model's tokenizer: start and end in a text, in characters, of each of its tokens."""


class Parameters(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A base for filters: the fields of the class are its parameters, frozen and typed.

    Bounds go into the type (``Annotated[int, msgspec.Meta(ge=1)]``), what spans several
    parameters into ``__post_init__``, which raises ValueError. A dataclass does as well.

    A filter with state of its own (a cache) is declared with ``dict=True`` and keeps it in its
    ``__dict__``. A copy, in another process too, has the parameters and a new state.
    """

    def __reduce__(self) -> tuple[Any, ...]:
        names = self.__struct_fields__
        return partial(type(self), **{name: getattr(self, name) for name in names}), ()


class Filter(Protocol):
    """A step of the pipeline. Pure and thread-safe: the same object serves all requests.

    A filter has `before`, `after`, or both. One with both is declared in ``before:``; its
    `after` sees the model's raw answers, ahead of the filters declared in ``after:``.

    What a filter may have besides: ``bind(identity)``, which takes a text that names model and
    pipeline; ``bind_tokenizer(spans)``, which takes the model's `Spans`; ``blocks``, true where
    it waits for a network or a disk; ``counters()``, which returns counts by name;
    ``needs``, names of distributions that it imports only with these parameters;
    ``named_labels``, labels that its parameters name, and ``labels_after(labels)``, which
    returns those that answers have behind it.
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
