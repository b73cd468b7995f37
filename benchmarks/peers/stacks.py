"""The least application, for each HTTP stack."""

from __future__ import annotations

import asyncio
import sys
from typing import Any

import httptools

ANSWER = b"x" * 3800
HEADERS = [
    (b"content-type", b"application/json"),
    (b"content-length", b"3800"),
    (b"x-request-id", b"0" * 36),
]


async def app(scope: Any, receive: Any, send: Any) -> None:
    """ASGI."""
    if scope["type"] == "lifespan":
        for event in ("startup", "shutdown"):
            await receive()
            await send({"type": f"lifespan.{event}.complete"})
        return
    while (await receive()).get("more_body"):
        pass
    await send({"type": "http.response.start", "status": 200, "headers": HEADERS})
    await send({"type": "http.response.body", "body": ANSWER})


async def rsgi(scope: Any, protocol: Any) -> None:
    """granian's own interface."""
    await protocol()
    headers = [(name.decode(), value.decode()) for name, value in HEADERS if b"length" not in name]
    protocol.response_bytes(200, headers, ANSWER)


class Bare(asyncio.Protocol):
    """httptools and nothing else: no limits, no pipelining, no timeouts."""

    def connection_made(self, transport: Any) -> None:
        self.transport, self.parser = transport, httptools.HttpRequestParser(self)

    def data_received(self, data: bytes) -> None:
        self.parser.feed_data(data)

    def on_message_begin(self) -> None:
        self.headers: dict[str, str] = {}
        self.body: list[bytes] = []

    def on_header(self, name: bytes, value: bytes) -> None:
        self.headers[name.lower().decode("latin-1")] = value.decode("latin-1")

    def on_body(self, body: bytes) -> None:
        self.body.append(body)

    def on_message_complete(self) -> None:
        asyncio.get_running_loop().create_task(self.answer(b"".join(self.body)))

    async def answer(self, body: bytes) -> None:
        lines = [name + b": " + value + b"\r\n" for name, value in HEADERS]
        self.transport.write(b"".join([b"HTTP/1.1 200 OK\r\n", *lines, b"\r\n", ANSWER]))


async def serve(port: int) -> None:
    server = await asyncio.get_running_loop().create_server(Bare, "127.0.0.1", port)
    await server.serve_forever()


if __name__ == "__main__":
    import uvloop

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(serve(int(sys.argv[1])))
