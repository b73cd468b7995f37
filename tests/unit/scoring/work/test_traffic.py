"""Requests that take too long, whose client has gone, or that are too many."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import pytest

from penstock.scoring.errors import ClientGone, RequestError
from penstock.scoring.request import Request
from penstock.scoring.work import traffic
from penstock.scoring.work.batcher import BusyError
from penstock.scoring.work.traffic import REFUSAL, Traffic


class Client:
    """Stays until `leave` is called."""

    def __init__(self) -> None:
        self._gone = asyncio.Event()

    def leave(self) -> None:
        self._gone.set()

    async def receive(self) -> Mapping[str, Any]:
        await self._gone.wait()
        return {"type": "http.disconnect"}


def request(client: Client, age: float = 1.0, read: bool = True) -> Request:
    started = time.perf_counter() - age
    return Request("POST", "/invocations", {}, "id", client.receive, started, read)


async def forever(request: Request) -> None:
    await asyncio.Event().wait()


def play(scene: Callable[[], Awaitable[None]]) -> None:
    asyncio.run(asyncio.wait_for(scene(), 5))


async def started(traffic: Traffic, *requests: Request) -> list[asyncio.Task[None]]:
    tasks = [asyncio.create_task(traffic.run(request, forever)) for request in requests]
    await asyncio.sleep(0)
    return tasks


def test_a_request_past_its_deadline_is_given_up_and_others_go_on() -> None:
    async def scene() -> None:
        traffic = Traffic(deadline=2)
        old, young = await started(traffic, request(Client(), age=3), request(Client(), age=1))
        traffic.look()
        with pytest.raises(RequestError, match="no answer within 2 s") as caught:
            await old
        assert (caught.value.status, caught.value.request_code) == (503, "deadline_exceeded")
        assert not young.done()
        assert len(traffic) == 1
        young.cancel()

    play(scene)


def test_a_body_that_does_not_come_is_the_clients_fault() -> None:
    async def scene() -> None:
        traffic = Traffic(deadline=2)
        (task,) = await started(traffic, request(Client(), age=3, read=False))
        traffic.look()
        with pytest.raises(RequestError) as caught:
            await task
        assert caught.value.status == 408

    play(scene)


def test_a_client_that_went_ends_its_request() -> None:
    async def scene() -> None:
        traffic = Traffic()
        client = Client()
        gone, stays = await started(traffic, request(client), request(Client()))
        traffic.look()
        client.leave()
        with pytest.raises(ClientGone):
            await gone
        assert not stays.done()
        stays.cancel()

    play(scene)


def test_a_young_request_is_left_alone() -> None:
    async def scene() -> None:
        traffic = Traffic()
        client = Client()
        client.leave()
        (task,) = await started(traffic, request(client, age=0))
        traffic.look()
        await asyncio.sleep(0.01)
        assert not task.done()
        task.cancel()

    play(scene)


def test_draining_ends_what_is_left() -> None:
    async def scene() -> None:
        traffic = Traffic()
        (task,) = await started(traffic, request(Client()))
        traffic.look()
        assert not task.done()
        traffic.end_within(-1)
        traffic.look()
        with pytest.raises(RequestError):
            await task

    play(scene)


def test_a_request_too_many_is_busy_until_one_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(traffic, "REFUSAL", 0.01)

    async def scene() -> None:
        traffic = Traffic(max_requests=2)
        first, second = await started(traffic, request(Client()), request(Client()))
        (third,) = await started(traffic, request(Client()))
        with pytest.raises(BusyError):
            await third
        first.cancel()
        await asyncio.gather(first, return_exceptions=True)
        (fourth,) = await started(traffic, request(Client()))
        assert not fourth.done()
        for task in (second, fourth):
            task.cancel()

    play(scene)


def test_a_refusal_waits_so_that_a_hasty_client_costs_little_unless_many_wait() -> None:
    async def scene() -> None:
        traffic = Traffic(max_requests=1)
        (first,) = await started(traffic, request(Client()))
        began = time.perf_counter()
        (second,) = await started(traffic, request(Client()))
        with pytest.raises(BusyError):
            await traffic.run(request(Client()), forever)
        assert time.perf_counter() < began + REFUSAL
        assert not second.done()
        with pytest.raises(BusyError):
            await second
        assert time.perf_counter() > began + 0.9 * REFUSAL
        first.cancel()

    play(scene)


def test_bodies_are_bounded_together_and_given_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(traffic, "MAX_BYTES", 10)

    async def scene() -> None:
        found = Traffic()

        async def hold(request: Request) -> None:
            found.hold(request, 6)
            assert found.held == 6
            with pytest.raises(BusyError, match="limit 10"):
                found.hold(request, 6)

        await found.run(request(Client()), hold)
        assert found.held == 0

    play(scene)


def test_cancelling_from_outside_is_no_verdict() -> None:
    async def scene() -> None:
        (task,) = await started(Traffic(), request(Client()))
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    play(scene)
