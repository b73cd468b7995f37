"""The host's log: one JSON object a line. Bodies, queries and headers never get in."""

from __future__ import annotations

import json
import logging
import logging.handlers
import traceback
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

__all__ = ["event", "open_log"]

_LOGGER = logging.getLogger("penstock.localcloud")
_MEGABYTES = 1 << 20


class _Lines(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(),
            "level": record.levelname.lower(),
            "event": record.getMessage(),
            **getattr(record, "fields", {}),
        }
        if record.exc_info:
            line["traceback"] = "".join(traceback.format_exception(*record.exc_info))
        return json.dumps(line, default=str)


def open_log(path: Path) -> None:
    """Send the host's events, and what its libraries warn of, to a file."""
    handler = logging.handlers.RotatingFileHandler(
        path, maxBytes=20 * _MEGABYTES, backupCount=2, encoding="utf-8"
    )
    handler.setFormatter(_Lines())
    root = logging.getLogger()
    root.addHandler(handler)
    root.setLevel(logging.WARNING)
    _LOGGER.setLevel(logging.INFO)


def event(name: str, *, level: int = logging.INFO, error: bool = False, **fields: Any) -> None:
    """Write one event with its fields; `error` adds the traceback being handled."""
    _LOGGER.log(level, name, extra={"fields": fields}, exc_info=error)
