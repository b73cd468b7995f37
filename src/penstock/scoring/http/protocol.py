"""HTTP/1.1 with limits: request heads that are too large, too slow or malformed are refused.

uvicorn with httptools limits neither the size of a request's head nor the time it takes.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import msgspec
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from penstock.scoring.errors import envelope
from penstock.scoring.process.handover import Handover, Wait

__all__ = ["Protocol"]

HEAD_BYTES = 64 * 1024
"""Limit of request line and headers. nginx allows 32 KiB; custom attributes and traces fit."""

HEAD_SECONDS = 20.0
"""Timeout of a request's head, and of a new connection without a first byte."""


class BufferedTransport:
    """A transport that sends all writes of one iteration of the event loop in one piece.

    uvicorn writes head and body of an answer apart: two system calls, and the client wakes twice.
    `before_send` is called before each piece, `after_send` after it.
    """

    def __init__(
        self,
        transport: asyncio.Transport,
        loop: asyncio.AbstractEventLoop,
        before_send: Callable[[], None],
        after_send: Callable[[], None],
    ) -> None:
        self._transport, self._loop = transport, loop
        self._before_send, self._after_send = before_send, after_send
        self._pieces: list[bytes] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    def write(self, data: bytes) -> None:
        """Send bytes at the end of this iteration."""
        if not self._pieces:
            self._loop.call_soon(self._flush)
        self._pieces.append(data)

    def close(self) -> None:
        """Flush, then close."""
        self._flush()
        self._transport.close()

    def _flush(self) -> None:
        # The client may have disconnected since.
        if self._pieces and not self._transport.is_closing():
            self._before_send()
            self._transport.write(b"".join(self._pieces))
            self._pieces.clear()
            self._after_send()


class Protocol(HttpToolsProtocol):
    """A connection.

    Parameters
    ----------
    head_seconds : timeout of each head.
    handover : passes the connection to the parent process.
    """

    def __init__(
        self, *args: Any, handover: Handover, head_seconds: float = HEAD_SECONDS, **options: Any
    ) -> None:
        super().__init__(*args, **options)
        self._head_seconds = head_seconds
        self._handover = handover
        self._slot: int | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._in_head = True
        self._head_bytes = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Pass the connection to the parent, and wait for the first head."""
        self._slot = self._handover.hand_over(transport.get_extra_info("socket").fileno())
        buffered = BufferedTransport(transport, self.loop, self._before_send, self._note)
        super().connection_made(buffered)  # type: ignore[arg-type]
        self._start_timer()

    def connection_lost(self, exc: Exception | None) -> None:
        """Let the parent close its copy of the connection."""
        self._stop_timer()
        if self._slot is not None:
            self._handover.let_go(self._slot)
            self._slot = None
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Parse bytes; refuse a head above `HEAD_BYTES`."""
        if self._in_head:
            self._head_bytes += len(data)
        super().data_received(data)
        if self._in_head and self._head_bytes:
            self._wait_for_head()

    def on_message_begin(self) -> None:
        """Note that a request has begun."""
        super().on_message_begin()
        self._note()

    def on_headers_complete(self) -> None:
        """Stop the timeout of the head; refuse a head above `HEAD_BYTES`."""
        large = self._head_bytes > HEAD_BYTES and self._measured() > HEAD_BYTES
        self._in_head = False
        self._head_bytes = 0
        self._stop_timer()
        if large:
            self._too_large()
            raise ValueError("too large")  # so that the parser reads no further
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """Expect the next head."""
        self._in_head = True
        self._stop_timer()
        super().on_message_complete()

    def on_response_complete(self) -> None:
        """Wait at most `head_seconds` for the rest of a body that was refused."""
        super().on_response_complete()
        if not self._in_head and not self.transport.is_closing():
            self._start_timer()

    def send_400_response(self, msg: str) -> None:
        """Answer malformed HTTP with the JSON object of every error."""
        self._refuse(400, "malformed_request", "is not an HTTP/1.1 request")

    def _wait_for_head(self) -> None:
        """Wait for the rest of a head, unless it is too large already."""
        if self._timer is None:
            self._start_timer()
        if self._head_bytes > HEAD_BYTES:
            self._too_large()

    def _before_send(self) -> None:
        """Note a streamed answer before its first bytes: if the worker dies right after them,
        the parent must not send a 503 behind them. Behind a complete answer, it may.
        """
        if self.cycle is not None and not self.cycle.response_complete:
            self._note()

    def _note(self) -> None:
        """Record, for the parent, what the client waits for."""
        if self._slot is not None:
            self._handover.note(self._slot, self._waits())

    def _waits(self) -> Wait:
        cycle = self.cycle
        answered = cycle is None or cycle.response_complete
        if not answered and cycle.response_started:
            return Wait.REST
        idle = self._in_head and not self._head_bytes
        return Wait.NOTHING if answered and idle else Wait.ANSWER

    def _measured(self) -> int:
        """Return the size of a head that was received in one piece with a body."""
        return len(self.url) + sum(len(name) + len(value) + 4 for name, value in self.headers)

    def _too_large(self) -> None:
        self._refuse(431, "headers_too_large", f"the headers are larger than {HEAD_BYTES} bytes")

    def _start_timer(self) -> None:
        self._timer = self.loop.call_later(self._head_seconds, self._too_slow)

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _too_slow(self) -> None:
        self._timer = None
        if self._head_bytes:
            self._refuse(
                408, "request_timeout", f"headers incomplete after {self._head_seconds:g} s"
            )
        else:
            self.transport.close()

    def _refuse(self, status: int, code: str, message: str) -> None:
        """Answer, unless an answer has begun, and close the connection."""
        if self.transport.is_closing():
            return
        cycle = self.cycle
        silent = cycle is None or cycle.response_complete or not cycle.response_started
        if silent and not self.pipeline:
            body = msgspec.json.encode(envelope(code, message, None, None))
            head = b"content-type: application/json\r\ncontent-length: %d\r\n" % len(body)
            self.transport.write(STATUS_LINE[status] + head + b"connection: close\r\n\r\n" + body)
        self.transport.close()
