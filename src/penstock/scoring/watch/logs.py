"""Logs as JSON Lines: one object a line, every text escaped, no body of a request."""

from __future__ import annotations

import json
import logging
import sys
import time
import traceback
from typing import Any

__all__ = ["configure", "describe"]

FIELDS = "fields"


class JsonFormatter(logging.Formatter):
    """Formats a log record and its ``extra={"fields": {...}}`` as one line of JSON."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line; control characters and non-ASCII text are escaped."""
        line: dict[str, Any] = {
            "time": time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created))
            + f".{int(record.msecs):03d}Z",
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            **getattr(record, FIELDS, {}),
        }
        if record.exc_info and record.exc_info[1] is not None:
            line["exception"] = describe(record.exc_info[1])
        return json.dumps(line, default=str)


def configure(level: str = "INFO") -> None:
    """Send all logs of this process to standard error as JSON Lines."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonFormatter())
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)


def describe(error: BaseException) -> dict[str, Any]:
    """Return type and place of an exception and of its cause.

    Its message stays out: a filter's may quote the text it failed on.
    """
    frames = traceback.extract_tb(error.__traceback__)[-3:]
    found: dict[str, Any] = {
        "type": type(error).__name__,
        "at": [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames],
    }
    if error.__cause__ is not None:
        found["cause"] = describe(error.__cause__)
    return found
