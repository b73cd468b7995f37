"""``cache``: the same text is scored once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from hashlib import blake2b
from threading import Lock
from typing import Annotated, ClassVar
from urllib.parse import urlsplit

from msgspec import Meta

from penstock.filters.base import Parameters
from penstock.filters.built_in.memory import MemoryAnswers
from penstock.filters.built_in.redis import SCHEMES, RedisAnswers, is_installed
from penstock.filters.record import Record, Status

__all__ = ["Cache"]


class Cache(Parameters, frozen=True, dict=True):
    """Answers a text that was scored before: exact content, the same model and filters.

    It keeps raw answers of the model, so filters after scoring treat them as fresh ones.
    Declare it last in ``before:``; what a later filter would decide, it does not know.

    A Redis server that is slow or away costs one `timeout_seconds` in five seconds: texts are
    scored instead. It needs ``pip install penstock[redis]``; its password is read from
    ``PENSTOCK_REDIS_PASSWORD``, never from a file.

    Parameters
    ----------
    max_entries : answers kept in this process, the least recently used goes first; Redis has
        its own ``maxmemory``; default 10000.
    ttl_seconds : how long an answer is good; default 3600.
    url : of a Redis server that a fleet shares, such as ``redis://cache:6379/0``; null keeps
        answers in this process; default null.
    timeout_seconds : how long Redis is waited for; default 0.1.
    """

    name: ClassVar[str] = "cache"
    max_entries: Annotated[int, Meta(ge=1)] = 10_000
    ttl_seconds: Annotated[float, Meta(gt=0)] = 3600.0
    url: str | None = None
    timeout_seconds: Annotated[float, Meta(gt=0, le=10)] = 0.1

    def __post_init__(self) -> None:
        if self.url is not None:
            _check(self.url)
        self.__dict__["_store"] = self._new_store()
        self.__dict__["_identity"] = None
        self.__dict__["_counts"] = Counter(hits=0, misses=0)
        self.__dict__["_lock"] = Lock()

    @property
    def blocks(self) -> bool:
        """Whether it waits for a network."""
        return self.url is not None

    @property
    def needs(self) -> tuple[str, ...]:
        """The distributions it imports."""
        return ("redis",) if self.url is not None else ()

    def bind(self, identity: str) -> None:
        """Take what names model and pipeline, as a part of each key."""
        self.__dict__["_identity"] = identity

    def counters(self) -> Mapping[str, int]:
        """Return hits, misses and failures of the store since the start."""
        with self.__dict__["_lock"]:
            return {**self.__dict__["_counts"], "failures": self._store.failures}

    def before(self, records: list[Record]) -> list[Record]:
        """Set `cached` on texts that have an answer; remember the key of the others."""
        if not self._usable:
            return records
        keys = [self._key(record.text) for record in records]
        answers = self._store.get(keys)
        hits = sum(answer is not None for answer in answers)
        with self.__dict__["_lock"]:
            self.__dict__["_counts"].update(hits=hits, misses=len(keys) - hits)
        return [
            record.replace(notes={**record.notes, self.name: key})
            if answer is None
            else record.cached(self.name, answer)
            for record, key, answer in zip(records, keys, answers, strict=True)
        ]

    def after(self, records: list[Record]) -> list[Record]:
        """Keep the answers that the model gave."""
        fresh = {
            record.notes[self.name]: _answer(record)
            for record in records
            if record.status is Status.SCORED and self.name in record.notes
        }
        if fresh:
            self._store.put(fresh)
        return records

    @property
    def _store(self) -> MemoryAnswers | RedisAnswers:
        store: MemoryAnswers | RedisAnswers = self.__dict__["_store"]
        return store

    @property
    def _usable(self) -> bool:
        """Without an identity, another model's answers could come out of a shared store."""
        return self.url is None or self.__dict__["_identity"] is not None

    def _new_store(self) -> MemoryAnswers | RedisAnswers:
        if self.url is None:
            return MemoryAnswers(self.max_entries, self.ttl_seconds)
        return RedisAnswers(self.url, self.ttl_seconds, self.timeout_seconds)

    def _key(self, text: str) -> bytes:
        content = f"{self.__dict__['_identity'] or ''}\0{text}".encode("utf-8", "surrogatepass")
        return blake2b(content, digest_size=32).digest()


def _answer(record: Record) -> Record:
    """Keep the answer only: texts would make the bound on memory depend on them, and tell."""
    return record.replace(text="", headers={}, fields={}, annotations={}, notes={})


def _check(url: str) -> None:
    """Raise ValueError, without the address: it may hold a password."""
    try:
        parts = urlsplit(url)
        password, scheme = parts.password, parts.scheme
    except ValueError:
        raise ValueError("url is no address, want redis://host:6379/0") from None
    if scheme not in SCHEMES:
        raise ValueError(
            f"url starts with {scheme or 'no scheme'}, want one of {', '.join(SCHEMES)}"
        )
    if password is not None:
        raise ValueError("url has a password in it; set PENSTOCK_REDIS_PASSWORD instead")
    if not is_installed():
        raise ValueError("url needs the package redis: pip install 'penstock[redis]'")
