"""HTTP stacks under the least application there is: read a body, answer 3.8 kB of JSON.

    pip install granian uvicorn uvloop httptools
    python benchmarks/http_stacks.py [--rounds 3] [--seconds 2]

uvicorn, granian (its ASGI and its own interface) and a bare asyncio protocol over httptools take
turns; wrk (apt-get install wrk) is the client. Prints requests/s and the microseconds of CPU
that the server's worker spends on a request, which other load on the machine changes less.
"""

from __future__ import annotations

import argparse
import os
import re
import statistics
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

HERE = Path(__file__).parent / "peers"
PORT = "8098"
URL = f"http://127.0.0.1:{PORT}/"
BIN = Path(sys.executable).parent
UVICORN = f"{BIN}/uvicorn stacks:app --port {PORT} --loop uvloop --http httptools"
GRANIAN = f"{BIN}/granian --port {PORT} --loop uvloop --no-ws --log-level critical"
STACKS = {
    "uvicorn": f"{UVICORN} --no-access-log --log-level critical",
    "granian, ASGI": f"{GRANIAN} --interface asgi stacks:app",
    "granian, RSGI": f"{GRANIAN} --interface rsgi stacks:rsgi",
    "bare protocol": f"{sys.executable} stacks.py {PORT}",
}


def main() -> int:
    parser = argparse.ArgumentParser(description="HTTP stacks side by side.")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=int, default=2)
    options = parser.parse_args()
    found: dict[str, list[tuple[float, ...]]] = {name: [] for name in STACKS}
    for _ in range(options.rounds):
        for name, command in STACKS.items():
            found[name].append(measure(command, options.seconds))
    print(
        "| stack | requests/s, 16 | µs CPU, 16 | requests/s, 64 | µs CPU, 64 |\n" + "|---" * 5 + "|"
    )
    for name, rounds in found.items():
        medians = (statistics.median(column) for column in zip(*rounds, strict=True))
        print(f"| {name} |", " | ".join(f"{value:.0f}" for value in medians), "|")
    return 0


def measure(command: str, seconds: int) -> tuple[float, ...]:
    """Return requests/s and µs of CPU a request, with 16 and with 64 connections."""
    process = subprocess.Popen(command.split(), cwd=HERE, stdout=-3, stderr=-3)
    try:
        wait()
        pid = busiest(process.pid)
        press(1, 16)
        return tuple(value for number in (16, 64) for value in timed(pid, seconds, number))
    finally:
        process.terminate()
        process.wait()


def timed(pid: int, seconds: int, connections: int) -> tuple[float, float]:
    before = cpu(pid)
    rate, requests = press(seconds, connections)
    return rate, (cpu(pid) - before) / requests * 1e6


def press(seconds: int, connections: int) -> tuple[float, int]:
    command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "-s", "post.lua", URL]
    said = subprocess.run(command, cwd=HERE, capture_output=True, text=True, check=True).stdout
    rate, requests = (re.search(p, said) for p in (r"Requests/sec:\s+([\d.]+)", r"(\d+) requests"))
    assert rate and requests and "Non-2xx" not in said, said
    return float(rate[1]), int(requests[1])


def wait() -> None:
    for _ in range(500):
        try:
            urllib.request.urlopen(URL, b"x").read()
            return
        except urllib.error.URLError:
            time.sleep(0.02)
    raise SystemExit("a stack did not start; is it installed?")


def busiest(pid: int) -> int:
    """Return the worker of a server that has one, else the server."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return int(children[-1]) if children else pid


def cpu(pid: int) -> float:
    user, system = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


if __name__ == "__main__":
    raise SystemExit(main())
