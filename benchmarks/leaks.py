"""What the container holds after many requests: memory, files and threads.

    python benchmarks/leaks.py MODEL_DIR [--requests 100000] [--json FILE]

Starts a container on a port of its own and sends it requests over 16 connections: right ones of
one to eight texts and, one in ten, wrong ones. Exits with 1 if memory grew by more than 16 MiB
between the first tenth and the end.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

CONNECTIONS = 16
GROWTH = 16 * 2**20
TEXTS = ["yes please", "no", "call me later", "42", "not interested, thanks " * 8]
WRONG = [b"{", b"[]", b'{"inputs": [7]}', b'{"input": []}']


def request(number: int) -> bytes:
    """Return the request with this number; every tenth is wrong."""
    if number % 10:
        texts = [TEXTS[(number + n) % len(TEXTS)] + f" {number}" for n in range(1 + number % 8)]
        body = json.dumps({"inputs": texts}).encode()
    else:
        body = WRONG[number // 10 % len(WRONG)]
    return b"POST /invocations HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % len(body) + body


async def ask(port: int, numbers: range) -> dict[int, int]:
    """Send requests over one connection, one after another; count the statuses."""
    found: dict[int, int] = {}
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for number in numbers:
        writer.write(request(number))
        head = await reader.readuntil(b"\r\n\r\n")
        (length,) = (
            int(line.split(b":")[1])
            for line in head.split(b"\r\n")
            if line.lower().startswith(b"content-length")
        )
        await reader.readexactly(length)
        status = int(head.split()[1])
        found[status] = found.get(status, 0) + 1
    writer.close()
    return found


async def send(port: int, first: int, count: int) -> dict[int, int]:
    """Send `count` requests over all connections."""
    parts = [range(first + n, first + count, CONNECTIONS) for n in range(CONNECTIONS)]
    total: dict[int, int] = {}
    for found in await asyncio.gather(*(ask(port, part) for part in parts)):
        for status, number in found.items():
            total[status] = total.get(status, 0) + number
    return total


def held(worker: int) -> dict[str, int]:
    """Return resident bytes, open files and threads of a process."""
    process = Path(f"/proc/{worker}")
    pages = int((process / "statm").read_text().split()[1])
    return {
        "resident": pages * os.sysconf("SC_PAGE_SIZE"),
        "files": len(list((process / "fd").iterdir())),
        "threads": len(list((process / "task").iterdir())),
    }


def start(model_dir: Path) -> tuple[subprocess.Popen[bytes], int]:
    """Start a container and return it with its port, once it is ready."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    settings = {
        "PENSTOCK_MODEL_DIR": str(model_dir),
        "PENSTOCK_HOST": "127.0.0.1",
        "SAGEMAKER_BIND_TO_PORT": str(port),
        "PENSTOCK_ACCESS_LOG": "off",
    }
    command = [sys.executable, "-m", "penstock.scoring"]
    process = subprocess.Popen(command, env={**os.environ, **settings})
    while not asyncio.run(ready(port)):
        if process.poll() is not None:
            sys.exit("the container ended")
        time.sleep(0.1)
    return process, port


async def ready(port: int) -> bool:
    try:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    writer.write(b"GET /ping HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    answer = await reader.read()
    writer.close()
    return answer.startswith(b"HTTP/1.1 200")


def measure(process: subprocess.Popen[bytes], port: int, requests: int) -> list[dict[str, Any]]:
    """Send the requests in ten parts and return what was held after each."""
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    part = requests // 10
    rows = []
    for number in range(10):
        started = time.perf_counter()
        statuses = asyncio.run(send(port, number * part, part))
        seconds = time.perf_counter() - started
        row = {"requests": (number + 1) * part, "statuses": statuses, **held(int(children[0]))}
        print(
            f"{row['requests']:>8} requests  {row['resident'] / 2**20:7.1f} MiB  "
            f"{row['files']:>3} files  {row['threads']:>3} threads  {part / seconds:6.0f}/s  "
            f"{statuses}",
            flush=True,
        )
        rows.append(row)
    return rows


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("model_dir", type=Path)
    parser.add_argument("--requests", type=int, default=100_000)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    process, port = start(options.model_dir)
    try:
        rows = measure(process, port, options.requests)
    finally:
        process.terminate()
        process.wait(60)
    growth = rows[-1]["resident"] - rows[0]["resident"]
    print(f"growth after the first tenth: {growth / 2**20:.1f} MiB")
    if options.json:
        options.json.write_text(json.dumps(rows, indent=1))
    return int(growth > GROWTH)


if __name__ == "__main__":
    sys.exit(main())
