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
    """What wrk found: good answers a second, latencies in milliseconds, the share of errors."""

    rate: float
    p50: float
    p99: float
    errors: float


def press(url: str, bodies: Path, connections: int, seconds: int) -> Load:
    """Send as much as the server takes; `FailedError` if a connection fails."""
    options = ["-t1", f"-c{connections}", f"-d{seconds}s", "--latency", "--timeout", "30s"]
    command = ["wrk", *options, "-s", str(SCRIPT), url, "--", str(bodies)]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    if trouble := re.search(r"Socket errors.*", said):
        raise FailedError(trouble[0])
    errors = _errors(said)
    rate = _number(r"Requests/sec:\s+([\d.]+)", said) * (1 - errors)
    return Load(rate, _time("50", said), _time("99", said), errors)


def _errors(said: str) -> float:
    found = re.search(r"Non-2xx or 3xx responses: (\d+)", said)
    return int(found[1]) / _number(r"(\d+) requests in", said) if found else 0.0


def _number(pattern: str, text: str) -> float:
    found = re.search(pattern, text)
    if found is None:
        raise FailedError("wrk said nothing of that")
    return float(found[1])


def _time(percent: str, text: str) -> float:
    found = re.search(rf"^\s+{percent}%\s+([\d.]+)(us|ms|s)$", text, re.MULTILINE)
    return float(found[1]) * UNITS[found[2]] if found else float("nan")
