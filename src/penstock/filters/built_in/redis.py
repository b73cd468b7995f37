"""Answers kept in a Redis server that a fleet shares. No failure of it is one of a request."""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from importlib.util import find_spec
from typing import Any, TypeVar
from urllib.parse import urlsplit

import msgspec

from penstock.filters.record import Record

__all__ = ["SCHEMES", "RedisAnswers", "is_installed"]

SCHEMES = ("redis", "rediss", "unix")
PREFIX = b"penstock:1:"
# While a server is away, requests do not wait for it; one in so many seconds tries again.
RETRY = 5.0

log = logging.getLogger("penstock.filters")
T = TypeVar("T")


def is_installed() -> bool:
    """Return whether the package `redis` is there."""
    return find_spec("redis") is not None


class RedisAnswers:
    """A map of answers in Redis, whose entries expire. Thread-safe.

    Parameters
    ----------
    url : ``redis://``, ``rediss://`` or ``unix://``, without a password.
    ttl : seconds that an entry is good.
    timeout : seconds that one call may take.
    """

    def __init__(self, url: str, ttl: float, timeout: float) -> None:
        self._url, self._ttl, self._timeout = url, ttl, timeout
        self._lock = threading.Lock()
        self._retry_at: float | None = None
        self.failures = 0

    def get(self, keys: Sequence[bytes]) -> list[Record | None]:
        """Return an answer, or None, for each key: one call for all of them."""
        found = self._try(lambda client: client.mget([PREFIX + key for key in keys]))
        return [
            None if content is None else _decode(content) for content in found or [None] * len(keys)
        ]

    def put(self, answers: Mapping[bytes, Record]) -> None:
        """Keep answers by key, in one call."""

        def write(client: Any) -> None:
            pipeline = client.pipeline(transaction=False)
            for key, answer in answers.items():
                content = msgspec.msgpack.encode(answer)
                pipeline.set(PREFIX + key, content, px=max(1, int(self._ttl * 1000)))
            pipeline.execute()

        self._try(write)

    @cached_property
    def _client(self) -> Any:
        import redis
        from redis.backoff import NoBackoff
        from redis.retry import Retry

        return redis.Redis.from_url(
            self._url,
            password=os.environ.get("PENSTOCK_REDIS_PASSWORD") or None,
            socket_timeout=self._timeout,
            socket_connect_timeout=self._timeout,
            retry=Retry(NoBackoff(), 0),
        )

    def _try(self, call: Callable[[Any], T]) -> T | None:
        """Call the server, unless it failed a moment ago; None where it fails."""
        if self._retry_at is not None and time.monotonic() < self._retry_at:
            return None
        try:
            result = call(self._client)
        except Exception as error:  # whatever it is, the text can be scored
            self._failed(error)
            return None
        self._worked()
        return result

    def _failed(self, error: Exception) -> None:
        with self._lock:
            first, self._retry_at = self._retry_at is None, time.monotonic() + RETRY
            self.failures += 1
        if first:
            # Not the message: it may name what only the address holds.
            log.warning("cache %s: %s; texts are scored", self._place, type(error).__name__)

    def _worked(self) -> None:
        with self._lock:
            back, self._retry_at = self._retry_at is not None, None
        if back:
            log.warning("cache %s: is back after %d failures", self._place, self.failures)

    @property
    def _place(self) -> str:
        parts = urlsplit(self._url)
        return f"{parts.scheme}://{parts.hostname or parts.path}"


DECODER = msgspec.msgpack.Decoder(Record)


def _decode(content: bytes) -> Record | None:
    """Return an answer, or None for what another version wrote."""
    try:
        return DECODER.decode(content)
    except msgspec.MsgspecError:
        return None
