"""Batches of rows from all requests that wait, so that the engine works on many at once.

There is no timer: while the engine runs, rows gather; when it is done, the next batch is
what waits. A lone request is scored at once.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from penstock.engines.base import Float32
from penstock.engines.scorer import length_batches
from penstock.errors import PenstockError

__all__ = ["Batcher", "BusyError"]

Tokens = Sequence[int]
Score = Callable[[Sequence[Tokens]], Float32]

# Rows a request gives to a batch in its turn: single texts do not wait for bulk ones.
TURN = 16


class BusyError(PenstockError):
    """The queue is full; try again later."""

    code = "busy"


class _Job:
    """The rows of one request: `waiting` are not in a batch yet."""

    def __init__(self, rows: Sequence[Tokens], future: asyncio.Future[Float32]) -> None:
        self.rows = rows
        self.future = future
        order = sorted(range(len(rows)), key=lambda row: len(rows[row]), reverse=True)
        self.waiting = deque(order)
        self.missing = len(rows)
        self.result: Float32 | None = None

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
        self.waiting.clear()
        if not self.future.done():
            self.future.set_exception(error)


Row = tuple[_Job, int]


class Batcher:
    """Feeds an engine from concurrent requests.

    Parameters
    ----------
    score : takes m rows of token ids, returns float32 of shape (m, n_classes); called in
        a thread.
    max_rows : rows that are taken from the queue at once; default 64.
    max_tokens : tokens of one call of `score`, with padding; default 16384.
    max_waiting : rows that may wait; beyond it `submit` raises `BusyError`; default 20000.
        One request that is larger passes while the queue is below that.
    """

    def __init__(
        self,
        score: Score,
        *,
        max_rows: int = 64,
        max_tokens: int = 16_384,
        max_waiting: int = 20_000,
    ) -> None:
        self._score = score
        self._max_rows, self._max_tokens = max_rows, max_tokens
        self._max_waiting = max_waiting
        self._jobs: deque[_Job] = deque()
        self._arrived = asyncio.Event()
        self._executor = ThreadPoolExecutor(1, thread_name_prefix="engine")
        self._loop: asyncio.Task[None] | None = None
        self.waiting = 0

    async def start(self) -> None:
        """Start the loop that serves the queue."""
        self._loop = asyncio.create_task(self._serve(), name="batcher")

    async def stop(self) -> None:
        """Stop at once; whoever still waits gets a `BusyError`."""
        if self._loop is not None:
            self._loop.cancel()
            await asyncio.gather(self._loop, return_exceptions=True)
        for job in self._jobs:
            job.fail(_stopping())
        self._executor.shutdown(wait=False)

    async def submit(self, rows: Sequence[Tokens]) -> Float32:
        """Return probabilities of shape (n, n_classes) for n ≥ 1 rows, in their order.

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
        self._arrived.set()
        try:
            return await job.future
        finally:
            # A client that went away, or a row that failed, takes the rest with it.
            self.waiting -= len(job.waiting)
            job.waiting.clear()

    async def _serve(self) -> None:
        while True:
            await self._arrived.wait()
            rows = self._take()
            if not rows:
                self._arrived.clear()
                continue
            try:
                for batch in self._split([len(job.rows[row]) for job, row in rows]):
                    await self._run([rows[number] for number in batch])
            except asyncio.CancelledError:
                for job, _ in rows:
                    job.fail(_stopping())
                raise

    def _take(self) -> list[Row]:
        """Take rows from the jobs in turn until a batch is full."""
        rows: list[Row] = []
        while self._jobs and len(rows) < self._max_rows:
            job = self._jobs.popleft()
            rows += [(job, row) for row in job.take(min(TURN, self._max_rows - len(rows)))]
            if job.waiting:
                self._jobs.append(job)
        self.waiting -= len(rows)
        return rows

    def _split(self, lengths: Sequence[int]) -> list[list[int]]:
        """Split where padding would cost more than another call of the engine."""
        batches: list[list[int]] = []
        for batch in length_batches(lengths, max_rows=self._max_rows, max_tokens=self._max_tokens):
            start = 0
            for end in range(1, len(batch)):
                if lengths[batch[end]] * 2 < lengths[batch[start]]:
                    batches.append(batch[start:end])
                    start = end
            batches.append(batch[start:])
        return batches

    async def _run(self, rows: list[Row]) -> None:
        rows = [(job, row) for job, row in rows if not job.future.done()]
        if not rows:
            return
        try:
            values = await self._call(rows)
        except Exception as error:  # an engine fails in its own ways
            await self._isolate(rows, error)
            return
        for (job, row), value in zip(rows, values, strict=True):
            job.put(row, value)

    async def _isolate(self, rows: list[Row], error: Exception) -> None:
        """One bad row must fail its own request only: run each request's rows alone."""
        jobs = list({id(job): job for job, _ in rows}.values())
        if len(jobs) == 1:
            jobs[0].fail(error)
            return
        for job in jobs:
            await self._run([(other, row) for other, row in rows if other is job])

    async def _call(self, rows: list[Row]) -> Float32:
        loop = asyncio.get_running_loop()
        tokens = [job.rows[row] for job, row in rows]
        values = await loop.run_in_executor(self._executor, self._score, tokens)
        if len(values) != len(rows):
            raise ValueError(f"{len(values)} results for {len(rows)} rows")
        return values


def _stopping() -> BusyError:
    return BusyError("the server is stopping")
