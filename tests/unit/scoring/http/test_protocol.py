"""Answers are sent in one piece, and not into a closed connection."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from penstock.scoring.http.protocol import BufferedTransport


class Transport:
    """Raises for what is written after it closed, as uvloop's does."""

    def __init__(self) -> None:
        self.events: list[str] = []
        self.closed = False

    def is_closing(self) -> bool:
        return self.closed

    def close(self) -> None:
        self.closed = True

    def write(self, data: bytes) -> None:
        if self.closed:
            raise RuntimeError("the handler is closed")
        self.events.append(data.decode())


def play(*steps: str) -> list[str]:
    """Return the writes of some steps, and the callbacks around them."""
    transport, errors = Transport(), []
    events = transport.events

    async def scene() -> None:
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(lambda _, context: errors.append(context))
        callbacks = lambda: events.append("before"), lambda: events.append("after")
        buffered: Any = BufferedTransport(transport, loop, *callbacks)  # type: ignore[arg-type]
        for step in steps:
            if step == "turn":
                await asyncio.sleep(0)
            elif step == "closed":
                transport.close()
            elif step == "close":
                buffered.close()
            else:
                buffered.write(step.encode())
        await asyncio.sleep(0)

    asyncio.run(scene())
    assert errors == []
    return events


@pytest.mark.parametrize(
    ("steps", "written"),
    [
        (("head", "body"), ["headbody"]),
        (("head", "turn", "body"), ["head", "body"]),
        (("head", "body", "close"), ["headbody"]),
        (("head", "closed"), []),
        (("head", "turn", "body", "closed"), ["head"]),
        ((), []),
    ],
)
def test_what_a_turn_writes_is_sent_in_one_piece(
    steps: tuple[str, ...], written: list[str]
) -> None:
    assert play(*steps) == [event for piece in written for event in ("before", piece, "after")]
