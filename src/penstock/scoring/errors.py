"""Errors of a request, with their HTTP status."""

from __future__ import annotations

from typing import Any

from penstock.errors import PenstockError

__all__ = ["ClientGone", "EngineError", "HangError", "RequestError", "envelope"]


class RequestError(PenstockError):
    """A request that is refused. `status` is the HTTP status, `request_code` a stable name."""

    def __init__(
        self,
        status: int,
        code: str,
        what: str,
        *,
        where: str | None = None,
        hint: str | None = None,
    ) -> None:
        super().__init__(what, where=where, hint=hint)
        self.status = status
        self.request_code = code


class ClientGone(Exception):
    """The client closed the connection before its answer."""


class EngineError(PenstockError):
    """The engine failed, and failed again after a reload."""

    code = "engine_failed"


class HangError(PenstockError):
    """A call of the engine hangs. The worker exits; the supervisor starts another one."""

    exit_code = 75  # EX_TEMPFAIL of sysexits.h


def envelope(code: str, message: str, hint: str | None, request_id: str | None) -> dict[str, Any]:
    """Return the JSON object that every error response has."""
    return {"error": {"code": code, "message": message, "hint": hint}, "request_id": request_id}
