"""Answers kept in this process."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence

from penstock.filters.record import Record

__all__ = ["MemoryAnswers"]


class MemoryAnswers:
    """A bounded, thread-safe map whose entries expire.

    Parameters
    ----------
    size : entries that are kept; the least recently used goes first.
    ttl : seconds that an entry is good.
    clock : seconds.
    """

    failures = 0

    def __init__(self, size: int, ttl: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._size, self._ttl, self._clock = size, ttl, clock
        self._lock = threading.Lock()
        self._entries: OrderedDict[bytes, tuple[float, Record]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._entries)

    def get(self, keys: Sequence[bytes]) -> list[Record | None]:
        """Return an answer, or None, for each key."""
        with self._lock:
            return [self._get(key) for key in keys]

    def put(self, answers: Mapping[bytes, Record]) -> None:
        """Keep answers by key."""
        with self._lock:
            for key, answer in answers.items():
                self._entries[key] = (self._clock() + self._ttl, answer)
                self._entries.move_to_end(key)
            while len(self._entries) > self._size:
                self._entries.popitem(last=False)

    def _get(self, key: bytes) -> Record | None:
        entry = self._entries.get(key)
        if entry is None:
            return None
        if entry[0] <= self._clock():
            del self._entries[key]
            return None
        self._entries.move_to_end(key)
        return entry[1]
