"""Reading a body, no more of it than is allowed."""

from __future__ import annotations

from penstock.scoring import contract
from penstock.scoring.errors import ClientGone, RequestError
from penstock.scoring.request import Request
from penstock.scoring.traffic import Traffic

__all__ = ["read_body"]


async def read_body(request: Request, traffic: Traffic) -> bytes:
    """Return the body.

    Raises
    ------
    RequestError : 413 for too much, 415 for a compressed one.
    BusyError : the bodies of all requests together are too large.
    ClientGone : it ended early.
    """
    _check(request)
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


def _check(request: Request) -> None:
    encoding = request.headers.get("content-encoding", "identity")
    if encoding.strip().lower() not in ("", "identity"):
        hint = "send the body as it is"
        raise RequestError(415, "unsupported_encoding", "compressed bodies are not read", hint=hint)
    length = request.headers.get("content-length", "0")
    if length.isdecimal() and int(length) > contract.MAX_BODY:
        raise contract.too_large()
