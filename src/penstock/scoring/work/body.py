"""Reading a body, no more of it than is allowed."""

from __future__ import annotations

import tempfile
from functools import partial
from typing import IO

from penstock.scoring import contract
from penstock.scoring.errors import ClientGone, RequestError
from penstock.scoring.request import Request
from penstock.scoring.work.batcher import BusyError
from penstock.scoring.work.threads import Threads
from penstock.scoring.work.traffic import Traffic

__all__ = ["MAX_STREAM", "read_body", "spool_body"]

MAX_STREAM = 100 * 2**20
"""Bytes: SageMaker's batch transform sends no more at once."""

MEMORY = 2**18


async def read_body(request: Request, traffic: Traffic) -> bytes:
    """Return the body.

    Raises
    ------
    RequestError : 413 for too much, 415 for a compressed one.
    BusyError : the bodies of all requests together are too large.
    ClientGone : it ended early.
    """
    _check(request, contract.MAX_BODY)
    chunks: list[bytes] = []
    while not request.read:
        message = await request.receive()
        if message["type"] == "http.disconnect":
            raise ClientGone
        chunks.append(message.get("body", b""))
        traffic.hold(request, len(chunks[-1]))
        if request.held > contract.MAX_BODY:
            raise contract.too_large()
        request.read = not message.get("more_body", False)
    return chunks[0] if len(chunks) == 1 else b"".join(chunks)


async def spool_body(request: Request, threads: Threads) -> IO[bytes]:
    """Return a body of up to `MAX_STREAM` bytes as a file: on disk where it is large.

    All of it is read before the first answer leaves: a client that sends everything first and
    reads then would wait for a server that waits for it.

    Raises
    ------
    RequestError, ClientGone : as `read_body`.
    BusyError : the disk has no room.
    """
    _check(request, MAX_STREAM)
    file = tempfile.SpooledTemporaryFile(MEMORY)  # noqa: SIM115 - whoever reads it closes it
    try:
        await _fill(file, request, threads)
    except OSError:
        file.close()
        raise BusyError("the body finds no room on disk") from None
    except BaseException:  # also when its client left: no file stays open
        file.close()
        raise
    return file


async def _fill(file: IO[bytes], request: Request, threads: Threads) -> None:
    size = 0
    pending = bytearray()
    while not request.read:
        message = await request.receive()
        if message["type"] == "http.disconnect":
            raise ClientGone
        request.read = not message.get("more_body", False)
        pending += message.get("body", b"")
        if size + len(pending) > MAX_STREAM:
            raise contract.too_large(MAX_STREAM)
        if len(pending) > MEMORY or request.read:
            size += len(pending)
            await threads.run(partial(file.write, bytes(pending)))
            pending.clear()
    file.seek(0)


def _check(request: Request, limit: int) -> None:
    encoding = request.headers.get("content-encoding", "identity")
    if encoding.strip().lower() not in ("", "identity"):
        hint = "send the body as it is"
        raise RequestError(415, "unsupported_encoding", "compressed bodies are not read", hint=hint)
    length = request.headers.get("content-length", "0")
    if length.isdecimal() and int(length) > limit:
        raise contract.too_large(limit)
