"""The container's process, for tests."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any


class Container:
    """A running container.

    Parameters
    ----------
    log : where its standard error goes.
    environment : settings beside the model, the host and the port.
    """

    def __init__(self, model_dir: Path, log: Path, **environment: str) -> None:
        self.log = log
        self.port = int(environment.get("SAGEMAKER_BIND_TO_PORT") or free_port())
        variables = {
            "PENSTOCK_MODEL_DIR": str(model_dir),
            "PENSTOCK_HOST": "127.0.0.1",
            "SAGEMAKER_BIND_TO_PORT": str(self.port),
            **environment,
        }
        command = [sys.executable, "-m", "penstock.scoring", "serve"]
        with log.open("wb") as file:
            self.child = subprocess.Popen(command, env={**os.environ, **variables}, stderr=file)

    @property
    def worker(self) -> int:
        """The id of the process that answers."""
        pid = self.child.pid
        return int(Path(f"/proc/{pid}/task/{pid}/children").read_text().split()[0])

    def connect(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)

    def ask(
        self, path: str, body: bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> tuple[int, Any]:
        connection = self.connect()
        try:
            connection.request("GET" if body is None else "POST", path, body, headers or {})
            response = connection.getresponse()
            content = response.read()
            kind = response.getheader("content-type", "")
            return response.status, json.loads(content) if kind.endswith("json") else content
        finally:
            connection.close()

    def metric(self, line: str) -> float:
        text = self.ask("/metrics")[1].decode()
        found = [each for each in text.splitlines() if each.startswith(line + " ")]
        return float(found[0].split()[-1]) if found else 0.0

    def wait_until_ready(self) -> None:
        self.wait_for(lambda: self.ask("/ping")[0] == 200)

    def wait_for(self, condition: Callable[[], bool], seconds: float = 60) -> None:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline and self.child.poll() is None:
            with contextlib.suppress(OSError, http.client.HTTPException):
                if condition():
                    return
            time.sleep(0.02)
        raise AssertionError(f"it did not come about: {self.log.read_text()[-2000:]}")

    def end(self) -> None:
        self.child.kill()
        self.child.wait()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
