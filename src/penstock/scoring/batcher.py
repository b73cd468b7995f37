"""Batches of rows from all requests that wait, so that the engine works on many at once.

There is no timer: while the engine's lanes run, rows gather; when one is done, it takes the
next batch from what waits. A lone request is scored at once.

1. Requests stand in a queue and give rows in turn, so that one text does not wait for ten
   thousand of another request.
2. The rows nearest to the head of the queue are the pool, in the order of their lengths.
3. A batch is the oldest row and its neighbours in length, as far as the padding of one more
   row costs less than a call of its own. It has 1, 2, 4, 8 or 16 rows of one of a few widths,
   for an engine compiles its kernels for each shape anew.
"""

from __future__ import annotations

import asyncio
import bisect
import threading
from collections import deque
from collections.abc import Callable, Sequence
from queue import SimpleQueue
from typing import NamedTuple

import numpy as np

from penstock.engines.base import Float32
from penstock.engines.padding import bucket
from penstock.errors import PenstockError

__all__ = ["Batcher", "BusyError"]

Tokens = Sequence[int]
Score = Callable[[Sequence[Tokens]], Float32]

TURN = 16
"""Rows of one request in the pool at most."""

CALL_TOKENS = 28
"""What a call of the engine costs beside its tokens, in tokens. Measured with MiniLM-L6 int8 on
one core, where a token takes 34 us: some 12 for the call (1 row of 16 tokens 0.97 ms, 4 rows
2.62 ms), and 16 to 20 because its shape is not that of the call before."""

ROW_TOKENS = 32

POOL = 64
"""Rows that a batch is cut from: enough to find neighbours, few enough to look through."""

FAR = 1 << 30


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


class _Row(NamedTuple):
    """One row of a job; rows sort by the width that they are padded to, then by age."""

    width: int
    age: int
    job: _Job
    row: int


class Batcher:
    """Feeds an engine from concurrent requests.

    Parameters
    ----------
    score : takes m rows of token ids, returns float32 of shape (m, n_classes); called in
        threads.
    lanes : calls of `score` at once; default 1.
    max_rows : rows of one call; default 16.
    max_tokens : tokens of one call, with padding; a longer row goes alone. Default 32 for
        each of `max_rows`.
    max_waiting : rows that may wait; beyond it `submit` raises `BusyError`; default 20000.
        One request that is larger passes while the queue is below that.
    """

    def __init__(
        self,
        score: Score,
        *,
        lanes: int = 1,
        max_rows: int = 16,
        max_tokens: int | None = None,
        max_waiting: int = 20_000,
    ) -> None:
        self._score = score
        self._lanes = self._idle = lanes
        self._max_rows, self._max_tokens = max_rows, max_tokens or max_rows * ROW_TOKENS
        self._max_waiting = max_waiting
        self._jobs: deque[_Job] = deque()
        self._pool: list[_Row] = []
        self._again: deque[list[_Row]] = deque()
        self._age = 0  # rows that came so far
        self._running: dict[int, list[_Row]] = {}
        self._batches: SimpleQueue[list[_Row] | None] = SimpleQueue()
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
        BusyError : the queue is full.
        Exception : whatever `score` raised on one of these rows.
        """
        if self.waiting >= self._max_waiting:
            raise BusyError(f"{self.waiting} texts wait, limit {self._max_waiting}")
        job = _Job(rows, asyncio.get_running_loop().create_future())
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
        if self._idle and not self._woken and self._loop is not None:
            self._woken = True
            self._loop.call_soon(self._feed)

    def _feed(self) -> None:
        self._woken = False
        while self._idle and (batch := self._next()):
            self._idle -= 1
            self._running[id(batch)] = batch
            self._batches.put(batch)

    def _next(self) -> list[_Row]:
        """Return the next batch; it is empty when nothing waits."""
        while self._again:
            batch = [row for row in self._again.popleft() if not row.job.future.done()]
            if batch:
                return batch
        self._fill_pool()
        if not self._pool:
            return []
        batch = self._cut()
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
                bisect.insort(pool, _Row(bucket(len(job.rows[row])), self._age, job, row))
                self._age += 1
            if job.waiting:
                self._jobs.append(job)
        self._pool = pool

    def _cut(self) -> list[_Row]:
        """Cut the oldest row and its neighbours in length out of the pool."""
        pool = self._pool
        oldest = min(range(len(pool)), key=lambda place: pool[place].age)
        start, end = self._neighbours(oldest)
        rows = 1 << (end - start).bit_length() - 1
        start = min(max(start, oldest - rows + 1), end - rows)
        batch = pool[start : start + rows]
        del pool[start : start + rows]
        return batch

    def _neighbours(self, place: int) -> tuple[int, int]:
        """Return where the rows begin and end that belong into a batch with one of the pool."""
        pool, share = self._pool, self._share()
        start, end = place, place + 1
        while end - start < share:
            width, rows = pool[end - 1].width, end - start + 1
            below = width - pool[start - 1].width if start else FAR
            above = (pool[end].width - width) * (rows - 1) if end < len(pool) else FAR
            if min(below, above) > CALL_TOKENS:
                break
            if (width if below <= above else pool[end].width) * rows > self._max_tokens:
                break
            start, end = (start - 1, end) if below <= above else (start, end + 1)
        return start, end

    def _share(self) -> int:
        """Return the rows a lane takes: all lanes work, and one batch waits for the next."""
        at_work = sum(map(len, self._running.values()))
        return min(self._max_rows, -(-(self.waiting + at_work) // (self._lanes + 1)))

    def _unanswered(self) -> list[list[_Row]]:
        return [self._pool, *self._again, *self._running.values()]

    def _serve(self) -> None:
        """Score batches; the body of a thread."""
        while (batch := self._batches.get()) is not None:
            found: Float32 | Exception
            try:
                found = self._score([row.job.rows[row.row] for row in batch])
                if len(found) != len(batch):
                    raise ValueError(f"{len(found)} results for {len(batch)} rows")
            except Exception as error:  # an engine fails in its own ways
                found = error
            if (loop := self._loop) is None:
                return
            loop.call_soon_threadsafe(self._done, batch, found)

    def _done(self, batch: list[_Row], found: Float32 | Exception) -> None:
        if self._loop is None:
            return
        del self._running[id(batch)]
        self._idle += 1
        if isinstance(found, Exception):
            self._isolate(batch, found)
        self._feed()
        if not isinstance(found, Exception):
            for row, values in zip(batch, found, strict=True):
                row.job.put(row.row, values)

    def _isolate(self, batch: list[_Row], error: Exception) -> None:
        """One bad row must fail its own request only: run each request's rows alone."""
        jobs = {id(row.job): row.job for row in batch}
        if len(jobs) == 1:
            batch[0].job.fail(error)
            return
        self._again += [[row for row in batch if row.job is job] for job in jobs.values()]
