"""After thousands of requests of every kind the container holds no more than before."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from container import Container

GOOD = json.dumps({"inputs": ["yes please", "no", "call me later"]}).encode()
LINES = {"Content-Type": "application/jsonlines", "Accept": "application/jsonlines"}
KINDS = {
    "good": (GOOD, {}),
    "lines": (
        b'"yes"\n' * 7000,
        {"Content-Type": "application/jsonlines", "Accept": "*/*;q=0.1, application/jsonlines"},
    ),
    "malformed": (b"{", {}),
    "wrong": (b'{"inputs": [7]}', {}),
    "unknown": (b"a", {"Content-Type": "image/png"}),
    "mail": (b"Subject: a\n\nyes", {"Content-Type": "message/rfc822"}),
}


@pytest.fixture
def kept(model_dir: Path, tmp_path: Path) -> Iterator[Container]:
    folder = str(tmp_path / "capture")
    found = Container(model_dir, tmp_path / "log", PENSTOCK_CAPTURE_DIR=folder)
    try:
        found.wait_until_ready()
        yield found
    finally:
        found.end()


def run(container: Container, rounds: int) -> None:
    connection = container.connect()
    for number in range(rounds):
        for name, (body, headers) in KINDS.items():
            if name == "lines" and number % 100:
                continue
            connection.request("POST", "/invocations", body, headers)
            connection.getresponse().read()
        with socket.create_connection(("127.0.0.1", container.port)) as client:
            client.sendall(b"POST /invocations HTTP/1.1\r\nContent-Length: 9\r\n\r\n{")
    connection.close()


def held(container: Container) -> tuple[float, int, int]:
    """Memory in bytes, open files, threads."""
    process = Path(f"/proc/{container.worker}")
    memory = container.metric("process_resident_memory_bytes")
    files = len(list((process / "fd").iterdir()))
    return memory, files, len(list((process / "task").iterdir()))


def test_nothing_is_left_behind(kept: Container) -> None:
    run(kept, 150)
    memory, files, threads = held(kept)
    run(kept, 500)
    kept.wait_for(lambda: kept.metric("penstock_requests_in_progress") == 0, 10)
    kept.wait_for(lambda: held(kept)[1] <= files + 2, 10)
    after = held(kept)
    assert after[2] <= threads + 1
    assert after[0] - memory < 12 * 2**20, f"{(after[0] - memory) / 2**20:.1f} MiB more"
    assert kept.metric("penstock_body_bytes") == 0
