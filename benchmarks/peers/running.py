"""A server's process: started, watched, ended with all its children."""

from __future__ import annotations

import contextlib
import http.client
import os
import random
import shlex
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path
from types import TracebackType
from typing import Self

from peers.environment import FailedError, last_line
from peers.servers import Files, Server, filled

PATIENCE = 240.0


class Running:
    """A context in which a server is ready; `seconds` is how long it took to be."""

    def __init__(self, server: Server, files: Files, environment: Path) -> None:
        self.server, self._folder = server, environment
        self.port = _free_port()
        fill = [files, environment, self.port]
        self._command = [filled(part, *fill) for part in shlex.split(server.command)]
        own = {name: filled(value, *fill) for name, value in server.environment.items()}
        search = f"{environment / 'bin'}:{os.environ['PATH']}"
        unset = ("PYTHONPATH", "VIRTUAL_ENV")
        kept = {name: value for name, value in os.environ.items() if name not in unset}
        self._environment = {**kept, "PATH": search, "HF_HUB_OFFLINE": "1", **own}
        self._log = tempfile.TemporaryFile("w+")  # noqa: SIM115 - closed when the server ends
        self.seconds = 0.0

    def __enter__(self) -> Self:
        began = time.perf_counter()
        self._process = subprocess.Popen(
            self._command,
            env=self._environment,
            stdout=self._log,
            stderr=subprocess.STDOUT,
            cwd=self._folder,  # some write where they are
        )
        try:
            while not self._ready():
                self._check(time.perf_counter() - began)
                time.sleep(0.005)
        except BaseException:
            self._end()
            raise
        self.seconds = time.perf_counter() - began
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._end()

    def memory(self) -> tuple[float, float]:
        """Return resident and proportional megabytes of the process and all its children."""
        resident = proportional = 0
        for pid in self._family():
            with contextlib.suppress(OSError):  # one that just ended
                rollup = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
                values = {line.split(":")[0]: int(line.split()[1]) for line in rollup[1:]}
                resident += values["Rss"]
                proportional += values["Pss"]
        return resident / 1024, proportional / 1024

    def ask(self, method: str, path: str, body: bytes | None = None) -> tuple[int, bytes]:
        """Return status and body of one request."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request(method, path, body, {"Content-Type": "application/json"})
            response = connection.getresponse()
            return response.status, response.read()
        finally:
            connection.close()

    def _ready(self) -> bool:
        try:
            return self.ask("GET", self.server.ready)[0] == 200
        except (OSError, http.client.HTTPException):
            return False

    def _check(self, seconds: float) -> None:
        ended = self._process.poll() is not None
        if ended or seconds > PATIENCE:
            self._log.seek(0)
            why = "ended" if ended else f"was not ready within {PATIENCE:.0f} s"
            raise FailedError(f"{why}: {last_line(self._log.read())}")

    def _family(self) -> list[int]:
        """Return the process and all its descendants."""
        parents = {int(path.name): _parent(path) for path in Path("/proc").glob("[0-9]*")}
        family = [self._process.pid] if self._process.poll() is None else []
        for pid in family:
            family += [child for child, parent in parents.items() if parent == pid]
        return family

    def _end(self) -> None:
        # Taken before the first signal: what is left of a family has another parent afterwards.
        family = self._family()
        for number in (signal.SIGTERM, signal.SIGKILL):
            for pid in family:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, number)
            deadline = time.monotonic() + 3
            while self._process.poll() is None and time.monotonic() < deadline:
                time.sleep(0.05)
        self._process.wait()
        self._log.close()


def _parent(process: Path) -> int:
    try:
        return int((process / "stat").read_text().rsplit(")", 1)[1].split()[1])
    except OSError:  # it ended meanwhile
        return -1


def _free_port() -> int:
    """Return a port that nobody has. SageMaker's toolkit takes none from 32767 on."""
    while True:
        port = random.randrange(20_000, 32_767)
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
