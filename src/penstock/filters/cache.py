"""``cache``: the same text is scored once."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from hashlib import blake2b
from typing import Annotated, ClassVar

from msgspec import Meta

from penstock.filters.base import Parameters
from penstock.filters.record import Record, Status

__all__ = ["Cache"]


class Cache(Parameters, frozen=True, dict=True):
    """Answers a text that was scored before: exact content, least recently used goes first.

    It keeps raw answers of the model, so filters after scoring treat them as fresh ones.
    Declare it last in ``before:``; what a later filter would decide, it does not know.

    Parameters
    ----------
    max_entries : answers kept; default 10000.
    ttl_seconds : how long an answer is good; default 3600.
    """

    name: ClassVar[str] = "cache"
    max_entries: Annotated[int, Meta(ge=1)] = 10_000
    ttl_seconds: Annotated[float, Meta(gt=0)] = 3600.0

    def __post_init__(self) -> None:
        # No parameters, so no fields: `dict=True` gives the frozen struct room for state.
        self.__dict__["_answers"] = _Answers(self.max_entries, self.ttl_seconds)
        self.__dict__["_model"] = ""

    def bind(self, model: str) -> None:
        """Take the digest of the model whose answers these are, as a part of each key."""
        self.__dict__["_model"] = model

    def before(self, records: list[Record]) -> list[Record]:
        """Set `cached` on texts that have an answer; remember the key of the others."""
        return [self._look_up(record) for record in records]

    def after(self, records: list[Record]) -> list[Record]:
        """Keep the answers that the model gave."""
        for record in records:
            if record.status is Status.SCORED and self.name in record.notes:
                self._store.put(record.notes[self.name], record)
        return records

    @property
    def _store(self) -> _Answers:
        store: _Answers = self.__dict__["_answers"]
        return store

    def _look_up(self, record: Record) -> Record:
        key = self._key(record.text)
        if (answer := self._store.get(key)) is not None:
            return record.cached(self.name, answer)
        return record.replace(notes={**record.notes, self.name: key})

    def _key(self, text: str) -> bytes:
        content = f"{self.__dict__['_model']}\0{text}".encode("utf-8", "surrogatepass")
        return blake2b(content, digest_size=32).digest()


class _Answers:
    """A bounded, thread-safe map whose entries expire."""

    def __init__(self, size: int, ttl: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._size, self._ttl, self._clock = size, ttl, clock
        self._lock = threading.Lock()
        self._entries: OrderedDict[bytes, tuple[float, Record]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._entries)

    def get(self, key: bytes) -> Record | None:
        with self._lock:
            entry = self._entries.get(key)
            if entry is None:
                return None
            if entry[0] <= self._clock():
                del self._entries[key]
                return None
            self._entries.move_to_end(key)
            return entry[1]

    def put(self, key: bytes, record: Record) -> None:
        # Only the answer: keeping texts would make the bound on memory depend on them.
        answer = record.replace(text="", headers={}, annotations={}, notes={})
        with self._lock:
            self._entries[key] = (self._clock() + self._ttl, answer)
            self._entries.move_to_end(key)
            if len(self._entries) > self._size:
                self._entries.popitem(last=False)
