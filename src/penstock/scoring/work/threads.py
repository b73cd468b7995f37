"""Threads for work that may block: a filter of another package, a large body.

Not `concurrent.futures`: its threads cannot be given up, and the process waits for them
when it ends. Here a thread whose work hangs is replaced, up to a bound, and none holds up
the end of the process.
"""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import Callable
from queue import SimpleQueue
from typing import Any, TypeVar

from penstock.scoring.work.batcher import BusyError

__all__ = ["Threads"]

T = TypeVar("T")

log = logging.getLogger("penstock.scoring")

MAX_LOST = 16
"""Threads that may hang. Each keeps its memory for good; with more, the process is ill."""

PATIENCE = 2.0
"""Seconds that work which nobody waits for any more may go on before its thread is replaced."""


class _Job:
    def __init__(self, work: Callable[[], Any]) -> None:
        self.work = work
        self.loop = asyncio.get_running_loop()
        self.future: asyncio.Future[Any] = self.loop.create_future()
        self.given_up = self.lost = False
        self.started = 0.0

    def run(self) -> None:
        result, error = None, None
        try:
            result = self.work()
        except BaseException as caught:  # whatever it is, somebody waits for it
            error = caught
        if not self.loop.is_closed():
            self.loop.call_soon_threadsafe(self._settle, result, error)

    def _settle(self, result: Any, error: BaseException | None) -> None:
        if self.future.done():
            return
        if error is None:
            self.future.set_result(result)
        elif isinstance(error, Exception) and not isinstance(error, StopIteration):
            self.future.set_exception(error)
        else:  # SystemExit of a filter must not end the server
            self.future.set_exception(RuntimeError(type(error).__name__))


class Threads:
    """A fixed number of threads that take work in turn.

    Attributes
    ----------
    lost : threads that hang.
    """

    def __init__(self, size: int) -> None:
        self._jobs: SimpleQueue[_Job | None] = SimpleQueue()
        self._lock = threading.Lock()
        self._running: set[_Job] = set()
        self._size = size
        self.lost = 0
        for _ in range(size):
            self._start()

    @property
    def healthy(self) -> bool:
        """Whether work still finds a thread."""
        return self.lost < MAX_LOST

    async def run(self, work: Callable[[], T]) -> T:
        """Return what `work` returns or raise what it raises.

        Cancelling this leaves a thread to its work; work that has not begun is dropped.

        Raises
        ------
        BusyError : too many threads hang.
        """
        if not self.healthy:
            raise BusyError("the filters hang")
        job = _Job(work)
        self._jobs.put(job)
        try:
            result: T = await job.future
        finally:
            job.given_up = True
        return result

    def replace_hung(self) -> None:
        """Start a thread in place of each that goes on with work nobody waits for."""
        now = time.monotonic()
        with self._lock:
            hung = [job for job in self._running if self._hangs(job, now)]
            for job in hung:
                job.lost = True
            self.lost += len(hung)
        for _ in hung:
            log.error("a filter hangs", extra={"fields": {"threads_lost": self.lost}})
            self._start()

    def stop(self) -> None:
        """Let the threads end when they have no work; they are not waited for."""
        for _ in range(self._size):
            self._jobs.put(None)

    def _hangs(self, job: _Job, now: float) -> bool:
        return job.given_up and not job.lost and now > job.started + PATIENCE

    def _start(self) -> None:
        threading.Thread(target=self._serve, name="worker", daemon=True).start()

    def _serve(self) -> None:
        while (job := self._jobs.get()) is not None:
            if job.given_up:
                continue
            job.started = time.monotonic()
            with self._lock:
                self._running.add(job)
            job.run()
            with self._lock:
                self._running.discard(job)
                if job.lost:  # another thread has its place
                    self.lost -= 1
                    return
