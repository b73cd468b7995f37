"""Batches of rows from all requests that wait, so that the engine works on many at once.

There is no timer: while the engine's lanes run, rows gather; when one is done, it takes the
next batch from what waits. A lone request is scored at once. Where rows for a whole call wait, a
batch is made ready for each lane while it runs.

1. Requests stand in a queue and give rows in turn, so that one text does not wait for ten
   thousand of another request.
2. The rows nearest to the head of the queue are the pool, in the order of their lengths.
3. A batch is the oldest row and others that suit it, see `penstock.scoring.work.cuts`.
"""

from __future__ import annotations

import asyncio
import bisect
import threading
from collections import deque
from collections.abc import Callable, Sequence
from queue import SimpleQueue

import numpy as np

from penstock.engines.base import Float32
from penstock.errors import PenstockError
from penstock.scoring.work.cuts import Cut, Rectangles, Row

__all__ = ["Batcher", "BusyError"]

Tokens = Sequence[int]
Score = Callable[[Sequence[Tokens]], Float32]

TURN = 16
"""Rows of one request in the pool at most."""

POOL = 64
"""Rows that a batch is cut from: enough to find neighbours, few enough to look through."""


class BusyError(PenstockError):
    """The queue is full; try again later."""

    code = "busy"


class _Job:
    """The rows of one request: `waiting` are not in the pool yet, `left` in no batch yet."""

    def __init__(self, rows: Sequence[Tokens], future: asyncio.Future[Float32]) -> None:
        self.rows = rows
        self.future = future
        order = sorted(range(len(rows)), key=lambda row: len(rows[row]), reverse=True)
        self.waiting = deque(order)
        self.left = self.missing = len(rows)
        self.result: Float32 | None = None

    @property
    def pooled(self) -> int:
        return self.left - len(self.waiting)

    def take(self, count: int) -> list[int]:
        return [self.waiting.popleft() for _ in range(min(count, len(self.waiting)))]

    def put(self, row: int, values: Float32) -> None:
        if self.result is None:
            self.result = np.empty((len(self.rows), len(values)), dtype=np.float32)
        self.result[row] = values
        self.missing -= 1
        if not self.missing and not self.future.done():
            self.future.set_result(self.result)

    def fail(self, error: Exception) -> None:
        if not self.future.done():
            self.future.set_exception(error)


class Batcher:
    """Feeds an engine from concurrent requests.

    Parameters
    ----------
    score : takes m rows of token ids, returns float32 of shape (m, n_classes); called in
        threads.
    lanes : calls of `score` at once; default 1.
    cut : how batches are cut; default: rectangles of 16 rows and 512 tokens.
    max_waiting : rows that may wait; beyond it `submit` raises `BusyError`; default 20000.
        One request that is larger passes while the queue is below that.
    """

    def __init__(
        self,
        score: Score,
        *,
        lanes: int = 1,
        cut: Cut | None = None,
        max_waiting: int = 20_000,
    ) -> None:
        self._score = score
        self._lanes = self._idle = lanes
        self._cut = cut or Rectangles(16, 512)
        self._max_waiting = max_waiting
        self._jobs: deque[_Job] = deque()
        self._pool: list[Row] = []
        self._again: deque[list[Row]] = deque()
        self._age = 0  # rows that came so far
        self._running: dict[int, list[Row]] = {}
        self._batches: SimpleQueue[list[Row] | None] = SimpleQueue()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._woken = False
        self.waiting = 0

    async def start(self) -> None:
        """Start the threads that call the engine."""
        self._loop = asyncio.get_running_loop()
        for _ in range(self._lanes):
            threading.Thread(target=self._serve, name="engine", daemon=True).start()

    async def stop(self) -> None:
        """Stop at once; whoever still waits gets a `BusyError`."""
        self._loop, self._idle = None, 0
        for job in [*self._jobs, *(row.job for rows in self._unanswered() for row in rows)]:
            job.fail(BusyError("the server is stopping"))
        for _ in range(self._lanes):
            self._batches.put(None)

    async def submit(self, rows: Sequence[Tokens]) -> Float32:
        """Return logits of shape (n, n_classes) for n ≥ 1 rows, in their order.

        Raises
        ------
        BusyError : the queue is full, or the batcher has stopped.
        Exception : whatever `score` raised on one of these rows.
        """
        if self._loop is None:
            raise BusyError("the server is stopping")
        if self.waiting >= self._max_waiting:
            raise BusyError(f"{self.waiting} texts wait, limit {self._max_waiting}")
        job = _Job(rows, self._loop.create_future())
        self._jobs.append(job)
        self.waiting += len(rows)
        self._wake()
        try:
            return await job.future
        finally:
            # A client that went away, or a row that failed, takes the rest with it.
            self.waiting -= job.left
            job.left = 0
            job.waiting.clear()

    def _wake(self) -> None:
        """Look at the queue once all that is ready now has been put into it."""
        if self._idle > -self._lanes and not self._woken and self._loop is not None:
            self._woken = True
            self._loop.call_soon(self._feed)

    def _feed(self) -> None:
        self._woken = False
        while self._wanted() and (batch := self._next()):
            self._idle -= 1
            self._running[id(batch)] = batch
            self._batches.put(batch)

    def _wanted(self) -> bool:
        """Whether a lane is idle, or rows for a whole call wait and none is ready for it."""
        if self._idle > 0 or self._idle <= -self._lanes:
            return self._idle > 0
        self._fill_pool()
        return self._cut.enough(self._pool)

    def _next(self) -> list[Row]:
        """Return the next batch; it is empty when nothing waits."""
        while self._again:
            batch = [row for row in self._again.popleft() if not row.job.future.done()]
            if batch:
                return batch
        self._fill_pool()
        if not self._pool:
            return []
        batch = self._cut.cut(self._pool, self._share())
        for row in batch:
            row.job.left -= 1
        self.waiting -= len(batch)
        return batch

    def _fill_pool(self) -> None:
        """Take rows from the jobs in turn; forget those that nobody waits for."""
        pool = [row for row in self._pool if not row.job.future.done()]
        for _ in range(len(self._jobs)):
            if len(pool) >= POOL:
                break
            job = self._jobs.popleft()
            for row in job.take(min(TURN - job.pooled, POOL - len(pool))):
                bisect.insort(pool, Row(self._cut.width(len(job.rows[row])), self._age, job, row))
                self._age += 1
            if job.waiting:
                self._jobs.append(job)
        self._pool = pool

    def _share(self) -> int:
        """Return the rows a lane takes: all lanes work, and one batch waits for the next."""
        at_work = sum(map(len, self._running.values()))
        return -(-(self.waiting + at_work) // (self._lanes + 1))

    def _unanswered(self) -> list[list[Row]]:
        return [self._pool, *self._again, *self._running.values()]

    def _serve(self) -> None:
        """Score batches; the body of a thread."""
        while (batch := self._batches.get()) is not None:
            # A batch that was made ready may have lost those who asked for it.
            rows = [row for row in batch if not row.job.future.done()]
            found = self._scores(rows) if rows else ()
            if (loop := self._loop) is None:
                return
            loop.call_soon_threadsafe(self._done, batch, rows, found)

    def _scores(self, rows: list[Row]) -> Sequence[Float32] | Exception:
        try:
            found = self._score([row.job.rows[row.row] for row in rows])
            if len(found) != len(rows):
                raise ValueError(f"{len(found)} results for {len(rows)} rows")
        except Exception as error:  # an engine fails in its own ways
            return error
        return list(found)

    def _done(
        self, batch: list[Row], rows: list[Row], found: Sequence[Float32] | Exception
    ) -> None:
        if self._loop is None:
            return
        del self._running[id(batch)]
        self._idle += 1
        if isinstance(found, Exception):
            self._isolate(rows, found)
        self._feed()
        if not isinstance(found, Exception):
            for row, values in zip(rows, found, strict=True):
                row.job.put(row.row, values)

    def _isolate(self, batch: list[Row], error: Exception) -> None:
        """One bad row must fail its own request only: run each request's rows alone."""
        jobs = {id(row.job): row.job for row in batch}
        if len(jobs) == 1:
            batch[0].job.fail(error)
            return
        self._again += [[row for row in batch if row.job is job] for job in jobs.values()]
