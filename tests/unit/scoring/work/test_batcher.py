from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import numpy as np
import pytest

from penstock.engines.base import Float32
from penstock.engines.packing import room
from penstock.engines.padding import bucket
from penstock.scoring.work.batcher import Batcher, BusyError
from penstock.scoring.work.cuts import Packs, Rectangles, Row


class FakeEngine:
    """Answers each row with its first token; keeps what it was called with."""

    def __init__(self, seconds: float = 0.0) -> None:
        self.calls: list[list[list[int]]] = []
        self.gate = threading.Event()
        self.gate.set()
        self._seconds = seconds

    def __call__(self, tokens: Sequence[Sequence[int]]) -> Float32:
        self.calls.append([list(row) for row in tokens])
        self.gate.wait(5)
        time.sleep(self._seconds)
        if any(row[0] < 0 for row in tokens):
            raise ArithmeticError("a row it cannot take")
        return np.array([[row[0], len(row)] for row in tokens], dtype=np.float32)


def play(engine: FakeEngine, scene: Callable[[Batcher], Awaitable[Any]], **options: Any) -> Any:
    async def main() -> Any:
        batcher = Batcher(engine, **options)
        await batcher.start()
        try:
            return await asyncio.wait_for(scene(batcher), 10)
        finally:
            await batcher.stop()

    return asyncio.run(main())


async def _until(condition: Callable[[], bool]) -> None:
    while not condition():
        await asyncio.sleep(0.001)


def test_each_request_gets_its_rows_in_order() -> None:
    requests = [
        [[n * 100 + i] * (1 + (n * 7 + i * 3) % 50) for i in range(n % 40 + 1)] for n in range(60)
    ]

    async def scene(batcher: Batcher) -> list[Float32]:
        return list(await asyncio.gather(*map(batcher.submit, requests)))

    engine = FakeEngine()
    for rows, answer in zip(requests, play(engine, scene), strict=True):
        assert answer.tolist() == [[row[0], len(row)] for row in rows]
    assert len(engine.calls) < sum(map(len, requests)) / 4


def test_a_lone_request_does_not_wait_for_others() -> None:
    async def scene(batcher: Batcher) -> float:
        started = time.perf_counter()
        await batcher.submit([[1]])
        return time.perf_counter() - started

    assert play(FakeEngine(), scene) < 0.5


def test_what_waits_while_the_engine_runs_goes_together() -> None:
    engine = FakeEngine()

    async def scene(batcher: Batcher) -> None:
        engine.gate.clear()
        first = asyncio.create_task(batcher.submit([[1]]))
        await _until(lambda: len(engine.calls) == 1)
        rest = [asyncio.create_task(batcher.submit([[n]])) for n in range(2, 12)]
        await _until(lambda: batcher.waiting == 10)
        engine.gate.set()
        await asyncio.gather(first, *rest)

    play(engine, scene)
    # Of rows of one length a lane takes half, as what waits is shared with the next batch.
    assert [len(call) for call in engine.calls] == [1, 4, 2, 2, 1, 1]


def test_batches_keep_the_bounds_and_little_padding() -> None:
    engine = FakeEngine()
    rows = [[1] * length for length in (3, 100, 4, 90, 5, 80, 3, 3)]
    play(engine, lambda batcher: batcher.submit(rows), cut=Rectangles(8, 200))
    assert sorted(len(row) for call in engine.calls for row in call) == sorted(map(len, rows))
    for call in engine.calls:
        lengths = [len(row) for row in call]
        assert max(lengths) * len(lengths) <= 200
        assert max(lengths) <= 2 * min(lengths)


@pytest.mark.parametrize(
    ("lengths", "calls"),
    [
        ([15, 15, 15, 15], [[15, 15, 15, 15]]),  # what fits into 64 tokens goes together
        ([40, 30, 20], [[30], [40, 20]]),  # the oldest, then those for which there is room
        ([100, 5], [[5], [100]]),  # a long one goes alone
        ([2] * 9, [[2], [2] * 8]),  # a short text takes the room of 8 tokens
        ([60] * 6, [[60], [60], [60], [60], [60, 60]]),  # 128 tokens while twice as many wait
    ],
)
def test_packs_are_filled_with_the_oldest(lengths: list[int], calls: list[list[int]]) -> None:
    pool = sorted(Row(room(length), age, None, age) for age, length in enumerate(lengths))
    packs, found = Packs(), []
    while pool:
        found.append([lengths[row.row] for row in packs.cut(pool, len(lengths))])
    assert sorted(found) == sorted(calls)


def test_a_batch_is_ready_when_a_whole_call_waits() -> None:
    engine = FakeEngine()

    async def scene(batcher: Batcher) -> list[int]:
        engine.gate.clear()
        running = asyncio.create_task(batcher.submit([[1] * 20]))
        await _until(lambda: len(engine.calls) == 1)
        few = asyncio.create_task(batcher.submit([[2] * 20]))
        await asyncio.sleep(0.01)
        waiting = [batcher.waiting]
        more = asyncio.create_task(batcher.submit([[3] * 20] * 3))
        await _until(lambda: batcher.waiting == 1)
        more.cancel()
        await asyncio.sleep(0)
        engine.gate.set()
        await asyncio.gather(running, few)
        return waiting

    assert play(engine, scene, cut=Packs()) == [1]
    # Who went away costs nothing, though a batch with their rows was ready.
    assert [row[0] for call in engine.calls for row in call] == [1, 2]


def test_an_error_stays_with_its_request() -> None:
    engine = FakeEngine()

    async def scene(batcher: Batcher) -> list[Any]:
        engine.gate.clear()
        blocker = asyncio.create_task(batcher.submit([[0]]))
        await _until(lambda: len(engine.calls) == 1)
        requests = [[[1]], [[2], [-1]], [[3]]]
        tasks = [asyncio.create_task(batcher.submit(rows)) for rows in requests]
        await _until(lambda: batcher.waiting == 4)
        engine.gate.set()
        await blocker
        answers = await asyncio.gather(*tasks, return_exceptions=True)
        answers.append(await batcher.submit([[5]]))
        return answers

    first, failed, third, later = play(engine, scene)
    assert (first[0, 0], third[0, 0], later[0, 0]) == (1, 3, 5)
    assert isinstance(failed, ArithmeticError)


def test_a_full_queue_is_busy_and_recovers() -> None:
    engine = FakeEngine()

    async def scene(batcher: Batcher) -> None:
        engine.gate.clear()
        first = asyncio.create_task(batcher.submit([[0]]))
        await _until(lambda: len(engine.calls) == 1)
        waiting = [asyncio.create_task(batcher.submit([[n]])) for n in range(5)]
        await _until(lambda: batcher.waiting == 5)
        with pytest.raises(BusyError, match="limit 5"):
            await batcher.submit([[9]])
        engine.gate.set()
        await asyncio.gather(first, *waiting)
        assert batcher.waiting == 0
        await batcher.submit([[9]])

    play(engine, scene, max_waiting=5)


def test_a_single_text_passes_a_bulk_request() -> None:
    engine = FakeEngine(seconds=0.002)

    async def scene(batcher: Batcher) -> tuple[int, int]:
        bulk = asyncio.create_task(batcher.submit([[1]] * 2000))
        await _until(lambda: len(engine.calls) == 2)
        await batcher.submit([[2]])
        calls = len(engine.calls)
        await bulk
        return calls, len(engine.calls)

    after_single, in_all = play(engine, scene)
    assert after_single <= 6 < in_all  # one batch is ready, another at work


def test_who_went_away_costs_nothing() -> None:
    engine = FakeEngine()

    async def scene(batcher: Batcher) -> None:
        engine.gate.clear()
        first = asyncio.create_task(batcher.submit([[0]]))
        await _until(lambda: len(engine.calls) == 1)
        gone = asyncio.create_task(batcher.submit([[7]] * 10))
        await _until(lambda: batcher.waiting == 10)
        gone.cancel()
        await asyncio.gather(gone, return_exceptions=True)
        assert batcher.waiting == 0
        engine.gate.set()
        await first
        await batcher.submit([[8]])

    play(engine, scene)
    assert [row for call in engine.calls for row in call] == [[0], [8]]


def test_stopping_answers_who_waits() -> None:
    engine = FakeEngine()

    async def main() -> list[Any]:
        batcher = Batcher(engine)
        await batcher.start()
        engine.gate.clear()
        tasks = [asyncio.create_task(batcher.submit([[n]])) for n in range(3)]
        await _until(lambda: len(engine.calls) == 1)
        late = asyncio.create_task(batcher.submit([[9]]))
        await _until(lambda: batcher.waiting == 1)
        await batcher.stop()
        engine.gate.set()
        return list(await asyncio.wait_for(asyncio.gather(*tasks, late, return_exceptions=True), 5))

    assert all(isinstance(answer, BusyError) for answer in asyncio.run(main()))


def test_lanes_work_at_once_and_share_what_waits() -> None:
    engine = FakeEngine()

    async def scene(batcher: Batcher) -> None:
        engine.gate.clear()
        tasks = [asyncio.create_task(batcher.submit([[n]])) for n in range(12)]
        await _until(lambda: len(engine.calls) == 2)
        assert batcher.waiting == 4
        engine.gate.set()
        await asyncio.gather(*tasks)

    play(engine, scene, lanes=2)
    assert [len(call) for call in engine.calls[:2]] == [4, 4]


def test_batches_have_few_shapes() -> None:
    engine = FakeEngine()
    rows = [[1] * (1 + n % 40) for n in range(500)]
    play(engine, lambda batcher: batcher.submit(rows), lanes=2)
    shapes = {(len(call), bucket(max(map(len, call)))) for call in engine.calls}
    assert sum(len(call) for call in engine.calls) == len(rows)
    assert {count for count, _ in shapes} <= {1, 2, 4, 8, 16}
    padded = sum(len(call) * bucket(max(map(len, call))) for call in engine.calls)
    assert padded <= 1.4 * sum(map(len, rows))
