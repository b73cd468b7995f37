"""Answers leave in one piece, and not into a connection that has gone."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from penstock.scoring.protocol import Gathering


class Transport:
    """Raises for what is written after it closed, as uvloop's does."""

    def __init__(self) -> None:
        self.written: list[bytes] = []
        self.closed = False

    def is_closing(self) -> bool:
        return self.closed

    def close(self) -> None:
        self.closed = True

    def write(self, data: bytes) -> None:
        if self.closed:
            raise RuntimeError("the handler is closed")
        self.written.append(data)


def play(*steps: str) -> tuple[Transport, int]:
    """Return a transport after some steps, and how often `written` was called."""
    transport, told, troubles = Transport(), [], []

    async def scene() -> None:
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(lambda _, context: troubles.append(context))
        gathering: Any = Gathering(transport, loop, lambda: told.append(1))  # type: ignore[arg-type]
        for step in steps:
            if step == "turn":
                await asyncio.sleep(0)
            elif step == "gone":
                transport.close()
            elif step == "close":
                gathering.close()
            else:
                gathering.write(step.encode())
        await asyncio.sleep(0)

    asyncio.run(scene())
    assert troubles == []
    return transport, len(told)


@pytest.mark.parametrize(
    ("steps", "written"),
    [
        (("head", "body"), [b"headbody"]),
        (("head", "turn", "body"), [b"head", b"body"]),
        (("head", "body", "close"), [b"headbody"]),
        (("head", "gone"), []),
        (("head", "turn", "body", "gone"), [b"head"]),
        ((), []),
    ],
)
def test_what_a_turn_writes_leaves_in_one_piece(
    steps: tuple[str, ...], written: list[bytes]
) -> None:
    transport, told = play(*steps)
    assert transport.written == written
    assert told == len(written)
