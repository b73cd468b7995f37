"""``limit_size``: a text so long is no reply, or only its beginning is read."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, ClassVar, Literal

from msgspec import Meta

from penstock.errors import InputError
from penstock.filters.base import Parameters, Spans
from penstock.filters.record import Record

__all__ = ["LimitSize"]

Size = Annotated[int, Meta(ge=1)]


class LimitSize(Parameters, frozen=True, dict=True):
    """Refuses texts above a size, or cuts what is beyond it.

    Parameters
    ----------
    max_characters : characters that are scored, null for any number; default 20000.
    max_bytes : the same in bytes of UTF-8; default null.
    max_tokens : the same in tokens of the model, special tokens left out; default null.
    action : ``refuse`` does not score a larger text, ``truncate`` scores its beginning; default
        ``refuse``.
    """

    name: ClassVar[str] = "limit_size"
    max_characters: Size | None = 20_000
    max_bytes: Size | None = None
    max_tokens: Size | None = None
    action: Literal["refuse", "truncate"] = "refuse"

    def __post_init__(self) -> None:
        if self.max_characters is self.max_bytes is self.max_tokens is None:
            raise ValueError("limits nothing: give max_characters, max_bytes or max_tokens")

    def bind_tokenizer(self, spans: Spans) -> None:
        """Take the tokenizer of the model."""
        self.__dict__["_spans"] = spans

    def before(self, records: list[Record]) -> list[Record]:
        """Set `not_scored` on those that are too long, or cut them."""
        return [self._check(record) for record in records]

    def _check(self, record: Record) -> Record:
        # Characters first: the other two do not look at more than is left of these.
        for limit, unit, fit in (
            (self.max_characters, "characters", _characters),
            (self.max_bytes, "bytes", _bytes),
            (self.max_tokens, "tokens", self._tokens),
        ):
            found = fit(record.text, limit) if limit is not None else None
            if found is None:
                continue
            size, kept = found
            if self.action == "refuse":
                return record.not_scored(self.name, f"{size} {unit}, limit {limit}")
            record = record.replace(text=kept)
        return record

    def _tokens(self, text: str, limit: int) -> tuple[int, str] | None:
        if len(_utf8(text)) < limit:
            return None  # a token has a byte at least
        spans: Callable[[str], list[tuple[int, int]]] | None = self.__dict__.get("_spans")
        if spans is None:
            raise InputError("max_tokens needs a model's tokenizer", hint="use Pipeline.bind")
        found = spans(text)
        return (len(found), text[: found[limit - 1][1]]) if len(found) > limit else None


def _characters(text: str, limit: int) -> tuple[int, str] | None:
    """Return the size and what fits of it, or None where all does."""
    return (len(text), text[:limit]) if len(text) > limit else None


def _bytes(text: str, limit: int) -> tuple[int, str] | None:
    content = _utf8(text)
    if len(content) <= limit:
        return None
    return len(content), content[:limit].decode("utf-8", "ignore")


def _utf8(text: str) -> bytes:
    return text.encode("utf-8", "replace")
