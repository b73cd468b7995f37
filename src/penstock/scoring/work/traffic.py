"""The requests that are under way: how many there may be, how long, and for whom.

One timer looks after all of them. A request that is answered before the first look pays for an
entry in a dictionary and no more.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, NoReturn, TypeVar

from penstock.scoring.errors import ClientGone, RequestError
from penstock.scoring.request import Request
from penstock.scoring.work.batcher import BusyError

__all__ = ["Traffic"]

T = TypeVar("T")

YOUNG = 0.05
"""Seconds before which a request is left alone: nearly all are answered by then."""

MAX_BYTES = 128 * 2**20
"""Bodies in memory at once: twenty of the largest."""

REFUSAL = 0.5
"""Seconds before a request too many is told so: a client that comes again at once, whatever
``Retry-After`` says, would else take the server's time from those it answers."""


@dataclass(slots=True, eq=False)
class _Entry:
    request: Request
    task: asyncio.Task[object]
    listener: asyncio.Future[Any] | None = None
    verdict: Exception | None = None

    def give_up(self, verdict: Exception) -> None:
        if self.verdict is None:
            self.verdict = verdict
            self.task.cancel()

    def listen(self) -> None:
        """Notice when the client goes; the body must have been read."""
        listener = self.listener = asyncio.ensure_future(self.request.receive())
        listener.add_done_callback(self._heard)

    def _heard(self, listener: asyncio.Future[Any]) -> None:
        if listener.cancelled():
            return
        if listener.exception() or listener.result()["type"] == "http.disconnect":
            self.give_up(ClientGone())


class Traffic:
    """Requests under way.

    Parameters
    ----------
    max_requests : at once; a further one is refused.
    deadline : seconds that one may take.
    """

    def __init__(self, max_requests: int = 1024, deadline: float = 58.0) -> None:
        self._max_requests, self.deadline = max_requests, deadline
        self._entries: dict[Request, _Entry] = {}
        self._last = float("inf")
        self._refusing = 0
        self.held = 0

    def __len__(self) -> int:
        return len(self._entries)

    @property
    def spooled(self) -> int:
        """Requests whose bodies may be on disk."""
        return sum(request.spooled for request in self._entries)

    def end_within(self, seconds: float) -> None:
        """Let no request go on for longer than that from now."""
        self._last = time.perf_counter() + seconds

    async def run(self, request: Request, work: Callable[[Request], Awaitable[T]]) -> T:
        """Return what `work` does, or end it.

        Raises
        ------
        BusyError : there are too many requests already; it comes after `REFUSAL` seconds.
        RequestError : the deadline passed.
        ClientGone : nobody waits for the answer.
        """
        if len(self._entries) >= self._max_requests:
            await self._refuse()
        entry = self._enter(request)
        try:
            return await work(request)
        except asyncio.CancelledError:
            if entry.verdict is None:  # the server itself is ended
                raise
            entry.task.uncancel()
            raise entry.verdict from None
        finally:
            self._leave(entry)

    def hold(self, request: Request, size: int) -> None:
        """Count bytes that were read; `BusyError` where all bodies together are too large."""
        if self.held + size > MAX_BYTES:
            raise BusyError(f"bodies of {self.held} bytes are in memory, limit {MAX_BYTES}")
        request.held += size
        self.held += size

    def look(self) -> None:
        """Give up requests that are too late, or whose client has gone. Call it often."""
        now = time.perf_counter()
        for request, entry in list(self._entries.items()):
            if now < request.started + YOUNG:
                continue
            if now > min(request.started + self.deadline, self._last):
                entry.give_up(self._too_late(request))
            elif request.read and entry.listener is None:
                entry.listen()

    async def _refuse(self) -> NoReturn:
        """Raise `BusyError`, not at once unless as many wait for theirs as may be under way."""
        if self._refusing < self._max_requests:
            self._refusing += 1
            try:
                await asyncio.sleep(REFUSAL)
            finally:
                self._refusing -= 1
        raise BusyError(f"{self._max_requests} requests are under way, limit as many")

    def _enter(self, request: Request) -> _Entry:
        task = asyncio.current_task()
        assert task is not None  # noqa: S101 - a coroutine runs in a task
        entry = self._entries[request] = _Entry(request, task)
        return entry

    def _leave(self, entry: _Entry) -> None:
        del self._entries[entry.request]
        self.held -= entry.request.held
        if entry.listener is not None:
            entry.listener.cancel()

    def _too_late(self, request: Request) -> RequestError:
        what = f"no answer within {self.deadline:g} s"
        if request.read:
            return RequestError(503, "deadline_exceeded", what, hint="send fewer texts at once")
        return RequestError(408, "request_timeout", f"no whole body: {what}")
