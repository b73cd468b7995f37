"""Work that no request waits for: a bounded queue and a thread."""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Generic, TypeVar

__all__ = ["Background"]

T = TypeVar("T")

log = logging.getLogger("penstock.scoring")

WARN_EVERY = 60.0


class Background(Generic[T]):
    """Hands items to a function in a thread of its own; what finds no room is refused.

    Parameters
    ----------
    work : takes one item; what it raises is logged, at most once a minute.
    limit : of the sizes of all items that wait.
    """

    def __init__(self, work: Callable[[T], object], limit: int, name: str) -> None:
        self._work, self._limit, self._name = work, limit, name
        self._items: deque[tuple[T, int]] = deque()
        self._size = 0
        self._closing = False
        self._warned = -WARN_EVERY
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._serve, name=name, daemon=True)
        self._thread.start()

    def put(self, item: T, size: int) -> bool:
        """Return whether there was room. Never waits."""
        with self._changed:
            if self._closing or self._size + size > self._limit:
                return False
            self._items.append((item, size))
            self._size += size
            self._changed.notify()
        return True

    def close(self, seconds: float) -> None:
        """Take no more, and wait so long for what is left."""
        with self._changed:
            self._closing = True
            self._changed.notify()
        self._thread.join(seconds)

    def _serve(self) -> None:
        while (item := self._next()) is not None:
            try:
                self._work(item[0])
            except Exception as error:  # a disk can fail in many ways; the next item may not
                self._warn(error)

    def _next(self) -> tuple[T, int] | None:
        with self._changed:
            while not self._items:
                if self._closing:
                    return None
                self._changed.wait()
            item = self._items.popleft()
            self._size -= item[1]
            return item

    def _warn(self, error: Exception) -> None:
        if time.monotonic() > self._warned + WARN_EVERY:
            self._warned = time.monotonic()
            log.warning(f"{self._name} failed", exc_info=error)
