"""Processes by id: is it ours, does it live, end it. Never by name."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

__all__ = ["end", "is_ours", "started_at"]

POLL_SECONDS = 0.02


def started_at(pid: int) -> str | None:
    """Return when a process started, or None where it does not live.

    Ids are used again; an id and its start time are not.
    """
    stat = Path(f"/proc/{pid}/stat")
    if not Path("/proc/self/stat").exists():
        return _started_by_ps(pid)
    try:
        # The name in brackets may hold spaces and brackets of its own.
        fields = stat.read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None
    # The first thread of a killed process may be gone while others still hold its port.
    gone = fields[0] in "ZX" and int(fields[17]) <= 1
    return None if gone else fields[19]


def is_ours(pid: int, started: str) -> bool:
    """Return whether a process lives and is the one that was recorded."""
    return started_at(pid) == started


def end(pid: int, started: str, grace: float) -> None:
    """End a recorded process: SIGTERM, `grace` seconds, then SIGKILL. Waits until it is gone."""
    _signal(pid, started, signal.SIGTERM)
    if not _gone(pid, started, grace):
        _signal(pid, started, signal.SIGKILL)
        _gone(pid, started, 10.0)


def _signal(pid: int, started: str, number: signal.Signals) -> None:
    if is_ours(pid, started):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)


def _gone(pid: int, started: str, seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while is_ours(pid, started):
        if time.monotonic() > deadline:
            return False
        time.sleep(POLL_SECONDS)
    return True


def _started_by_ps(pid: int) -> str | None:
    """Where there is no /proc."""
    ps = shutil.which("ps")
    if ps is None:
        return None
    command = [ps, "-o", "lstart=", "-p", str(pid)]
    found = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    return found.stdout.strip() or None
