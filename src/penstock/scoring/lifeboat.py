"""The connections of a worker, held by its parent too: whoever waits in one that dies is told so.

A worker hands each connection over once, when it comes (SCM_RIGHTS of unix(7)), and writes into
memory that both share what each waits for: a byte a connection, no call of the system. A parent
whose worker died answers 503 on those that wait, and closes all. A worker that dies within the
turn of its loop that accepts a connection takes that along.
"""

from __future__ import annotations

import contextlib
import mmap
import select
import selectors
import socket
import struct
import time
from collections.abc import Sequence
from enum import IntEnum
from typing import cast

import msgspec

from penstock.scoring.errors import envelope

__all__ = ["Lifeboat", "Wait"]

SEATS = 16_384
"""Connections that have a place; one more is as safe as its worker."""

PATIENCE = 0.5
"""Seconds for clients to end what they send, once they are answered. They close then."""

_BEAT = struct.Struct("=Q")
_SEAT = struct.Struct("=H")
_DRAIN = 65_536


class Wait(IntEnum):
    """What a connection waits for."""

    NOTHING = 0
    ANSWER = 1
    REST = 2
    """Of an answer, whose status has left."""


class Lifeboat:
    """Made by the parent; after the fork one side calls `board`, the other `hold`.

    A worker's side never waits for its parent.
    """

    def __init__(self) -> None:
        self._memory = mmap.mmap(-1, _BEAT.size + SEATS)
        self._parent, self._worker = socket.socketpair()
        self._inbox = select.poll()
        self._held: dict[int, socket.socket] = {}
        self._free: list[int] = []
        self._leaving: list[int] = []

    def board(self) -> None:
        """Be the worker's side."""
        self._parent.close()
        self._worker.setblocking(False)
        self._free = list(range(SEATS - 1, -1, -1))

    def enter(self, connection: int) -> int | None:
        """Hand a connection's file descriptor over; None where there is no room for it."""
        if not self._free:
            return None
        seat = self._free.pop()
        try:
            socket.send_fds(self._worker, [_SEAT.pack(seat)], [connection])
        except OSError:  # the parent is busy, or no more
            self._free.append(seat)
            return None
        return seat

    def note(self, seat: int, wait: Wait) -> None:
        """Say what the connection of a seat waits for."""
        self._memory[_BEAT.size + seat] = wait

    def leave(self, seat: int) -> None:
        """Let the parent close its side of a connection, for until then the client sees no end."""
        self.note(seat, Wait.NOTHING)
        self._leaving.append(seat)
        self._send_leaving()

    def beat(self) -> None:
        """Say that the worker lives. Call it often."""
        (count,) = _BEAT.unpack_from(self._memory)
        _BEAT.pack_into(self._memory, 0, count + 1)
        self._send_leaving()

    def hold(self) -> None:
        """Be the parent's side."""
        self._worker.close()
        self._inbox.register(self._parent, select.POLLIN)

    @property
    def beats(self) -> int:
        """How often the worker said that it lives."""
        count: int = _BEAT.unpack_from(self._memory)[0]
        return count

    def watch(self, seconds: float) -> bool:
        """Wait so long for one word of the worker; False when it has closed its side."""
        return not self._comes(seconds) or self._take()

    def rescue(self) -> int:
        """Answer 503 on each connection that waits, close all, and return how many waited."""
        while self._comes(0) and self._take():
            pass  # what the worker said before it died
        waiting = [held for seat, held in self._held.items() if self._waits(seat, held)]
        for held in waiting:
            _refuse(held)
        _hear_out(waiting)
        for held in self._held.values():
            held.close()
        self._parent.close()
        self._memory.close()
        return len(waiting)

    def _comes(self, seconds: float) -> bool:
        return bool(self._inbox.poll(1000 * seconds))

    def _take(self) -> bool:
        """Take a connection, or let one go; False at the end of all."""
        content, connections, *_ = socket.recv_fds(self._parent, _SEAT.size, 1)
        if not content:
            return False
        (seat,) = _SEAT.unpack(content)
        if connections:
            self._held[seat] = socket.socket(fileno=connections[0])
        elif seat in self._held:
            self._held.pop(seat).close()
        return True

    def _waits(self, seat: int, held: socket.socket) -> bool:
        """Whether a request came, read or not, and nothing of its answer has left."""
        wait = self._memory[_BEAT.size + seat]
        return wait == Wait.ANSWER or (wait == Wait.NOTHING and bool(_read(held, socket.MSG_PEEK)))

    def _send_leaving(self) -> None:
        with contextlib.suppress(OSError):  # again at the next beat
            while self._leaving:
                self._worker.send(_SEAT.pack(self._leaving[0]))
                self._free.append(self._leaving.pop(0))


def _refuse(held: socket.socket) -> None:
    with contextlib.suppress(OSError):
        held.send(_answer(), socket.MSG_DONTWAIT)
        held.shutdown(socket.SHUT_WR)


def _hear_out(waiting: Sequence[socket.socket]) -> None:
    """Read what clients still send: closed with something unread, a connection takes its answer
    back.
    """
    end = time.monotonic() + PATIENCE
    with selectors.DefaultSelector() as still:
        for held in waiting:
            still.register(held, selectors.EVENT_READ)
        while still.get_map() and (left := end - time.monotonic()) > 0:
            for key, _ in still.select(left):
                if not _read(cast(socket.socket, key.fileobj)):
                    still.unregister(key.fileobj)


def _read(held: socket.socket, flags: int = 0) -> bytes:
    try:
        return held.recv(_DRAIN, flags | socket.MSG_DONTWAIT)
    except OSError:  # nothing is there, or nobody
        return b""


def _answer() -> bytes:
    what, hint = "the server had to start again", "send it again"
    body = msgspec.json.encode(envelope("busy", what, hint, None))
    head = (
        "HTTP/1.1 503 Service Unavailable\r\ncontent-type: application/json\r\n"
        f"content-length: {len(body)}\r\nretry-after: 1\r\nconnection: close\r\n\r\n"
    )
    return head.encode() + body
