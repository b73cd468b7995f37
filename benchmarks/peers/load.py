"""The client: wrk, one thread, one text a request."""

from __future__ import annotations

import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

from peers.environment import FailedError

SCRIPT = Path(__file__).with_name("load.lua")
UNITS = {"us": 0.001, "ms": 1.0, "s": 1000.0}


@dataclass(frozen=True)
class Load:
    """What wrk found: requests a second, latencies in milliseconds."""

    rate: float
    p50: float
    p99: float


def press(url: str, bodies: Path, connections: int, seconds: int) -> Load:
    """Send as much as the server takes; `FailedError` if an answer is no success."""
    options = ["-t1", f"-c{connections}", f"-d{seconds}s", "--latency", "--timeout", "30s"]
    command = ["wrk", *options, "-s", str(SCRIPT), url, "--", str(bodies)]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    for trouble in ("Non-2xx", "Socket errors"):
        if trouble in said:
            raise FailedError(next(line.strip() for line in said.splitlines() if trouble in line))
    return Load(_number(r"Requests/sec:\s+([\d.]+)", said), _time("50", said), _time("99", said))


def _number(pattern: str, text: str) -> float:
    found = re.search(pattern, text)
    if found is None:
        raise FailedError("wrk said nothing of that")
    return float(found[1])


def _time(percent: str, text: str) -> float:
    found = re.search(rf"^\s+{percent}%\s+([\d.]+)(us|ms|s)$", text, re.MULTILINE)
    return float(found[1]) * UNITS[found[2]] if found else float("nan")
