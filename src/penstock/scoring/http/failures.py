"""Exceptions as HTTP responses."""

from __future__ import annotations

import msgspec

from penstock.errors import InputError, PenstockError
from penstock.scoring.errors import EngineError, RequestError, envelope
from penstock.scoring.request import Request, Response
from penstock.scoring.work.batcher import BusyError
from penstock.scoring.work.body import MAX_STREAM

__all__ = ["failure"]

RETRY_AFTER = b"1"


def failure(error: Exception, request: Request) -> Response:
    """Return the answer to a request that failed.

    An unexpected exception becomes ``500 internal`` without details; those are in the log.
    """
    status, code = _classify(error)
    headers = [(b"retry-after", RETRY_AFTER)] if status in (429, 503) else []
    if status == 408 or (status == 413 and not _ends(request)):
        headers.append((b"connection", b"close"))
    if code == "internal":
        message, hint = "the server failed", "the log has the request_id"
    else:
        message, hint = _message(error)
    body = msgspec.json.encode(envelope(code, message, hint or None, request.request_id))
    return Response(status, body, headers=headers)


def _ends(request: Request) -> bool:
    """Whether the rest of a body is short enough to read and ignore.

    Closing the connection while a client still sends would make it miss the answer.
    """
    length = request.headers.get("content-length", "")
    return length.isdecimal() and int(length) <= 2 * MAX_STREAM


def _classify(error: Exception) -> tuple[int, str]:
    if isinstance(error, RequestError):
        return error.status, error.request_code
    if isinstance(error, BusyError | EngineError):
        return 503, error.code
    if isinstance(error, InputError):
        return 422, error.code
    return 500, "internal"


def _message(error: Exception) -> tuple[str, str]:
    if not isinstance(error, PenstockError):
        return "", ""
    shown = error.problems[:10]
    message = "; ".join(f"{p.where}: {p.what}" if p.where else p.what for p in shown)
    hints = [problem.hint for problem in shown if problem.hint]
    return message, hints[0] if hints else ""
