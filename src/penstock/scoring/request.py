"""A request and its response, independent of the HTTP server."""

from __future__ import annotations

import re
import uuid
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from penstock.scoring import contract

__all__ = ["Receive", "Request", "Response", "custom_attributes", "request_id"]

Receive = Callable[[], Awaitable[Mapping[str, Any]]]

SANE_ID = re.compile(r"[A-Za-z0-9._:@/+=-]{1,128}")
LOGGED_PATH = 200
ATTRIBUTES_LENGTH = 1024
"""SageMaker's limit on X-Amzn-SageMaker-Custom-Attributes."""


@dataclass(slots=True, eq=False)
class Request:
    """What the routes read of a request.

    Attributes
    ----------
    headers : names in lower case.
    receive : of ASGI.
    started : when it arrived, on `time.perf_counter`.
    read : whether the whole body was received; from then on `receive` only returns the
        client's disconnect.
    held : bytes of the body that are in memory.
    spooled : whether its body may be on disk.
    records : texts in it.
    """

    method: str
    path: str
    headers: dict[str, str]
    request_id: str
    receive: Receive
    started: float = 0.0
    read: bool = False
    held: int = 0
    spooled: bool = False
    records: int = 0

    def fields(self) -> dict[str, Any]:
        """Return its fields for a log line."""
        return {
            "method": self.method,
            "path": self.path[:LOGGED_PATH],
            "request_id": self.request_id,
        }


@dataclass(slots=True)
class Response:
    """A response; `headers` beside content type and length.

    `stream`, if there is one, replaces the body of an answer too large for memory.
    """

    status: int
    body: bytes
    content_type: str = contract.JSON
    headers: list[tuple[bytes, bytes]] = field(default_factory=list)
    stream: AsyncGenerator[bytes, None] | None = None


def request_id(headers: Mapping[str, str]) -> str:
    """Return the client's id if it is safe in a log and a header, else a new one."""
    for name in ("x-amzn-sagemaker-inference-id", "x-request-id"):
        if name in headers and SANE_ID.fullmatch(headers[name]):
            return headers[name]
    return str(uuid.uuid4())


def custom_attributes(request: Request, version: str | None) -> tuple[bytes, bytes]:
    """Return SageMaker's header: the client's value if it fits, the model's version, the id."""
    given = request.headers.get("x-amzn-sagemaker-custom-attributes", "")
    own = f"model_version={version or ''}; request_id={request.request_id}"
    room = ATTRIBUTES_LENGTH - len(own) - 2
    kept = given if given.isascii() and given.isprintable() and len(given) <= room else ""
    value = f"{kept}; {own}" if kept else own
    return b"x-amzn-sagemaker-custom-attributes", value.encode("ascii", "replace")
