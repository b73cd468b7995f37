"""Answers leave in one piece, and not into a connection that has gone."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from penstock.scoring.http.protocol import Gathering


class Transport:
    """Raises for what is written after it closed, as uvloop's does."""

    def __init__(self) -> None:
        self.heard: list[str] = []
        self.closed = False

    def is_closing(self) -> bool:
        return self.closed

    def close(self) -> None:
        self.closed = True

    def write(self, data: bytes) -> None:
        if self.closed:
            raise RuntimeError("the handler is closed")
        self.heard.append(data.decode())


def play(*steps: str) -> list[str]:
    """Return what was written in some steps, and what was told of it."""
    transport, troubles = Transport(), []
    heard = transport.heard

    async def scene() -> None:
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(lambda _, context: troubles.append(context))
        told = lambda: heard.append("leaves"), lambda: heard.append("left")
        gathering: Any = Gathering(transport, loop, *told)  # type: ignore[arg-type]
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
    return heard


@pytest.mark.parametrize(
    ("steps", "written"),
    [
        (("head", "body"), ["headbody"]),
        (("head", "turn", "body"), ["head", "body"]),
        (("head", "body", "close"), ["headbody"]),
        (("head", "gone"), []),
        (("head", "turn", "body", "gone"), ["head"]),
        ((), []),
    ],
)
def test_what_a_turn_writes_leaves_in_one_piece(steps: tuple[str, ...], written: list[str]) -> None:
    assert play(*steps) == [event for piece in written for event in ("leaves", piece, "left")]
