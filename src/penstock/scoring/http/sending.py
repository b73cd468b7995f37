"""Sends a response over ASGI."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import AsyncGenerator, Awaitable, Callable
from typing import Any

from penstock.scoring.errors import ClientGone
from penstock.scoring.http.failures import failure
from penstock.scoring.request import Request, Response
from penstock.scoring.work.traffic import Traffic

__all__ = ["Send", "send_answer"]

Send = Callable[[dict[str, Any]], Awaitable[None]]

log = logging.getLogger("penstock.scoring")


async def send_answer(
    send: Send, request: Request, response: Response, traffic: Traffic, *, closing: bool
) -> None:
    """Send a response.

    Parameters
    ----------
    traffic : applies limit and deadline to a stream.
    closing : whether the connection closes after the response.

    Raises
    ------
    ClientGone : the client closed the connection of a stream.
    """
    headers = [
        (b"content-type", response.content_type.encode()),
        (b"x-request-id", request.request_id.encode()),
        *response.headers,
    ]
    if response.stream is None:
        headers.append((b"content-length", str(len(response.body)).encode()))
    if closing:
        headers.append((b"connection", b"close"))
    await send({"type": "http.response.start", "status": response.status, "headers": headers})
    if response.stream is not None:
        await _send_stream(send, request, response.stream, traffic)
        return
    body = b"" if request.method == "HEAD" else response.body
    await send({"type": "http.response.body", "body": body})


async def _send_stream(
    send: Send, request: Request, stream: AsyncGenerator[bytes, None], traffic: Traffic
) -> None:
    """Send pieces as they come. An error is the last line, and the final chunk is left out, so
    that the client sees that the body is incomplete.
    """

    async def pump(_: Request) -> None:
        async with contextlib.aclosing(stream) as pieces:
            async for piece in pieces:
                await send({"type": "http.response.body", "body": piece, "more_body": True})

    try:
        await traffic.run(request, pump)
    except ClientGone:
        raise
    except Exception as error:  # the status was sent; the error follows as a line of the body
        log.error("a stream failed", exc_info=error, extra={"fields": request.fields()})
        line = failure(error, request).body + b"\n"
        await send({"type": "http.response.body", "body": line, "more_body": True})
        return
    await send({"type": "http.response.body", "body": b""})
