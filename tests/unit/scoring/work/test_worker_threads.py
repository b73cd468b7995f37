"""Threads that hang are replaced."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable
from typing import NoReturn

import pytest

from penstock.scoring.work import threads
from penstock.scoring.work.batcher import BusyError
from penstock.scoring.work.threads import Threads


def play(scene: Callable[[Threads], Awaitable[None]], size: int = 1) -> None:
    async def main() -> None:
        pool = Threads(size)
        try:
            await asyncio.wait_for(scene(pool), 5)
        finally:
            pool.stop()

    asyncio.run(main())


def test_it_returns_and_raises_what_the_work_does() -> None:
    def fail() -> NoReturn:
        raise KeyError("why")

    def leave() -> NoReturn:
        raise SystemExit(3)

    async def scene(pool: Threads) -> None:
        assert await pool.run(lambda: 7) == 7
        with pytest.raises(KeyError, match="why"):
            await pool.run(fail)
        with pytest.raises(RuntimeError, match="SystemExit"):
            await pool.run(leave)
        assert await pool.run(threading.get_ident) != threading.get_ident()

    play(scene)


async def _hang(pool: Threads, gate: threading.Event) -> None:
    started = threading.Event()

    def work() -> None:
        started.set()
        gate.wait(5)

    task = asyncio.create_task(pool.run(work))
    while not started.is_set():
        await asyncio.sleep(0.001)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


def test_a_thread_that_hangs_is_replaced_and_comes_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(threads, "PATIENCE", 0.0)
    gate = threading.Event()

    async def scene(pool: Threads) -> None:
        await _hang(pool, gate)
        waiting = asyncio.create_task(pool.run(lambda: 7))
        pool.replace_hung()
        pool.replace_hung()
        assert await waiting == 7
        assert pool.lost == 1
        gate.set()
        while pool.lost:
            await asyncio.sleep(0.001)

    play(scene)


def test_a_thread_is_given_time(monkeypatch: pytest.MonkeyPatch) -> None:
    gate = threading.Event()

    async def scene(pool: Threads) -> None:
        await _hang(pool, gate)
        pool.replace_hung()
        assert pool.lost == 0
        gate.set()

    play(scene)


def test_too_many_that_hang_are_ill(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(threads, "PATIENCE", 0.0)
    monkeypatch.setattr(threads, "MAX_LOST", 2)
    gate = threading.Event()

    async def scene(pool: Threads) -> None:
        for _ in range(2):
            assert pool.healthy
            await _hang(pool, gate)
            pool.replace_hung()
        assert not pool.healthy
        with pytest.raises(BusyError):
            await pool.run(lambda: 7)
        gate.set()

    play(scene)


def test_work_that_nobody_waits_for_is_not_begun() -> None:
    gate = threading.Event()
    began: list[int] = []

    async def scene(pool: Threads) -> None:
        first = asyncio.create_task(pool.run(lambda: gate.wait(5)))
        await asyncio.sleep(0)
        second = asyncio.create_task(pool.run(lambda: began.append(1)))
        await asyncio.sleep(0)
        second.cancel()
        await asyncio.gather(second, return_exceptions=True)
        gate.set()
        await first
        await pool.run(lambda: None)

    play(scene)
    assert not began
