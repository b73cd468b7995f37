"""File descriptor passing: a worker's connections, held by its parent too.

When a worker dies, its parent answers 503 to the clients that wait, and closes all connections.
A worker passes each connection once, when it comes (SCM_RIGHTS of unix(7)), and writes into
shared memory what each waits for: one byte a connection, no system call. A connection is lost
only when its worker dies within the turn of the event loop that accepted it.
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

__all__ = ["Handover", "Wait"]

SLOTS = 16_384
"""Connections that can be handed over; one more is lost when its worker dies."""

DRAIN_SECONDS = 0.5
"""Seconds that clients have to finish sending once they are answered; then all are closed."""

_HEARTBEAT = struct.Struct("=Q")
_SLOT = struct.Struct("=H")
_CHUNK = 65_536


class Wait(IntEnum):
    """What a connection waits for."""

    NOTHING = 0
    ANSWER = 1
    REST = 2
    """Of an answer, whose status has left."""


class Handover:
    """Made before the fork; after it one side calls `be_worker`, the other `be_parent`.

    A worker's side never waits for its parent.
    """

    def __init__(self) -> None:
        self._memory = mmap.mmap(-1, _HEARTBEAT.size + SLOTS)
        self._parent, self._worker = socket.socketpair()
        self._inbox = select.poll()
        self._held: dict[int, socket.socket] = {}
        self._free: list[int] = []
        self._released: list[int] = []

    def be_worker(self) -> None:
        """Be the worker's side."""
        self._parent.close()
        self._worker.setblocking(False)
        self._free = list(range(SLOTS - 1, -1, -1))

    def hand_over(self, connection: int) -> int | None:
        """Hand a connection's file descriptor over; None where there is no room for it."""
        if not self._free:
            return None
        slot = self._free.pop()
        try:
            socket.send_fds(self._worker, [_SLOT.pack(slot)], [connection])
        except OSError:  # the parent is busy, or no more
            self._free.append(slot)
            return None
        return slot

    def note(self, slot: int, wait: Wait) -> None:
        """Record what the connection in a slot waits for."""
        self._memory[_HEARTBEAT.size + slot] = wait

    def let_go(self, slot: int) -> None:
        """Let the parent close its side of a connection, for until then the client sees no end."""
        self.note(slot, Wait.NOTHING)
        self._released.append(slot)
        self._send_released()

    def heartbeat(self) -> None:
        """Count one more turn of the worker's event loop. Call it often."""
        (count,) = _HEARTBEAT.unpack_from(self._memory)
        _HEARTBEAT.pack_into(self._memory, 0, count + 1)
        self._send_released()

    def be_parent(self) -> None:
        """Be the parent's side."""
        self._worker.close()
        self._inbox.register(self._parent, select.POLLIN)

    @property
    def heartbeats(self) -> int:
        """How many heartbeats the worker has sent."""
        count: int = _HEARTBEAT.unpack_from(self._memory)[0]
        return count

    def watch(self, seconds: float) -> bool:
        """Wait so many seconds for one message of the worker; False when its side is closed."""
        return not self._comes(seconds) or self._take()

    def refuse_waiting(self) -> int:
        """Answer 503 on each connection that waits, close all, and return how many waited."""
        while self._comes(0) and self._take():
            pass  # messages from before it died
        waiting = [held for slot, held in self._held.items() if self._waits(slot, held)]
        for held in waiting:
            _refuse(held)
        _drain(waiting)
        for held in self._held.values():
            held.close()
        self._parent.close()
        self._memory.close()
        return len(waiting)

    def _comes(self, seconds: float) -> bool:
        return bool(self._inbox.poll(1000 * seconds))

    def _take(self) -> bool:
        """Take a connection, or close one; False when the worker's side is closed."""
        content, connections, *_ = socket.recv_fds(self._parent, _SLOT.size, 1)
        if not content:
            return False
        (slot,) = _SLOT.unpack(content)
        if connections:
            self._held[slot] = socket.socket(fileno=connections[0])
        elif slot in self._held:
            self._held.pop(slot).close()
        return True

    def _waits(self, slot: int, held: socket.socket) -> bool:
        """Whether a request came, read or not, and nothing of its answer has left."""
        wait = self._memory[_HEARTBEAT.size + slot]
        return wait == Wait.ANSWER or (wait == Wait.NOTHING and bool(_read(held, socket.MSG_PEEK)))

    def _send_released(self) -> None:
        with contextlib.suppress(OSError):  # again at the next heartbeat
            while self._released:
                self._worker.send(_SLOT.pack(self._released[0]))
                self._free.append(self._released.pop(0))


def _refuse(held: socket.socket) -> None:
    with contextlib.suppress(OSError):
        held.send(_answer(), socket.MSG_DONTWAIT)
        held.shutdown(socket.SHUT_WR)


def _drain(waiting: Sequence[socket.socket]) -> None:
    """Read what clients still send: closing a connection with unread bytes resets it, and its
    answer is lost.
    """
    end = time.monotonic() + DRAIN_SECONDS
    with selectors.DefaultSelector() as still:
        for held in waiting:
            still.register(held, selectors.EVENT_READ)
        while still.get_map() and (left := end - time.monotonic()) > 0:
            for key, _ in still.select(left):
                if not _read(cast(socket.socket, key.fileobj)):
                    still.unregister(key.fileobj)


def _read(held: socket.socket, flags: int = 0) -> bytes:
    try:
        return held.recv(_CHUNK, flags | socket.MSG_DONTWAIT)
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
