"""The access log: a line of JSON for each request, without its body."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable

import msgspec

from penstock.scoring.request import Request
from penstock.scoring.watch.background import Background

__all__ = ["AccessLog"]

ROOM = 8 * 2**20
"""Bytes that wait for a slow standard error; what is beyond is counted and lost."""

PATH_LENGTH = 200
CLOSE_SECONDS = 2.0


class AccessLog:
    """Gathers lines and writes them together, in a thread.

    Parameters
    ----------
    on_drop : told how many lines found no room.
    write : takes bytes; default, to standard error.
    """

    def __init__(
        self,
        on_drop: Callable[[int], object] = lambda lines: None,
        write: Callable[[bytes], object] | None = None,
    ) -> None:
        self._on_drop = on_drop
        self._lines: list[bytes] = []
        self._second, self._prefix = 0, ""
        self._writer = Background(write or _to_stderr, ROOM, "the access log")

    def note(self, request: Request, status: int, seconds: float) -> None:
        """Keep a line for `flush`."""
        line = {
            "time": self._time(),
            "level": "info",
            "logger": "penstock.scoring",
            "message": "request",
            "method": request.method[:PATH_LENGTH],
            "path": request.path[:PATH_LENGTH],
            "request_id": request.request_id,
            "status": status,
            "ms": round(seconds * 1000, 2),
            "records": request.records,
        }
        self._lines.append(_encode(line))

    def flush(self) -> None:
        """Hand the lines to the thread."""
        if not self._lines:
            return
        lines, self._lines = self._lines, []
        content = b"".join(lines)
        if not self._writer.put(content, len(content)):
            self._on_drop(len(lines))

    def close(self) -> None:
        """Write what is left."""
        self.flush()
        self._writer.close(CLOSE_SECONDS)

    def _time(self) -> str:
        now = time.time()
        if (second := int(now)) != self._second:
            self._second = second
            self._prefix = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(second))
        return f"{self._prefix}.{int(now % 1 * 1000):03d}Z"


def _encode(line: dict[str, object]) -> bytes:
    content = msgspec.json.encode(line)
    if content.isascii() and b"\x7f" not in content:
        return content + b"\n"
    # msgspec leaves letters beyond ASCII as they are: a log takes none from a client.
    return json.dumps(line).replace("\x7f", "\\u007f").encode() + b"\n"


def _to_stderr(content: bytes) -> None:
    sys.stderr.flush()
    view = memoryview(content)
    while view:
        view = view[os.write(2, view) :]
