"""One instance: a process of the scoring container that answers on a port of its own."""

from __future__ import annotations

import contextlib
import http.client
import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from penstock.errors import DeploymentError
from penstock.localcloud.hosting.ports import free_port
from penstock.localcloud.hosting.process import started_at

__all__ = ["Instance", "Launch", "tail"]

PING_SECONDS = 0.05
# SageMaker gives a container 30 s between SIGTERM and SIGKILL.
GRACE_SECONDS = 30.0
# What the container inherits of the host: enough to run, no secret.
_INHERITED = ("PATH", "LANG", "HOME")


@dataclass(frozen=True, slots=True)
class Launch:
    """Everything needed to start an instance of a variant."""

    command: tuple[str, ...]
    model_dir: Path
    environment: Mapping[str, str] = field(hash=False)
    log: Path
    timeout: float


class Instance:
    """A running process. Counts its requests, so that it is stopped only when idle.

    Parameters
    ----------
    launch : what to start.
    on_process : told of the process's id and start time before anything else happens.
    """

    def __init__(self, launch: Launch, on_process: Callable[[int, str], None]) -> None:
        self.launch = launch
        self.port = free_port()
        self.in_flight = 0
        self.ready = False
        self.stopping = False
        self._process = self._start()
        on_process(self.pid, started_at(self.pid) or "")

    @property
    def pid(self) -> int:
        """The process's id."""
        return self._process.pid

    @property
    def alive(self) -> bool:
        """Whether the process runs."""
        return self._process.poll() is None

    def wait(self) -> int:
        """Wait for the process to end and return its exit code."""
        return self._process.wait()

    def wait_ready(self, cancelled: Callable[[], bool] = lambda: False) -> None:
        """Wait until ``GET /ping`` answers 200.

        Raises
        ------
        DeploymentError : the process ended, or did not answer in time; with its log's tail.
        """
        deadline = time.monotonic() + self.launch.timeout
        while not self._pings():
            if not self.alive:
                raise self._failed(f"the process ended with exit code {self._process.returncode}")
            if cancelled():
                raise DeploymentError("the deployment was cancelled")
            if time.monotonic() > deadline:
                raise self._failed(f"/ping did not answer 200 in {self.launch.timeout:.0f} s")
            time.sleep(PING_SECONDS)

    def stop(self, grace: float = GRACE_SECONDS) -> None:
        """End the process: SIGTERM, then SIGKILL to its whole group."""
        self.stopping = True
        self.ready = False
        with contextlib.suppress(ProcessLookupError):
            self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(grace)
        except subprocess.TimeoutExpired:
            # The leader lives, so its id still names the group it leads.
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.pid, signal.SIGKILL)
            self._process.wait()

    def _start(self) -> subprocess.Popen[bytes]:
        self.launch.log.parent.mkdir(parents=True, exist_ok=True)
        with self.launch.log.open("ab") as log:
            try:
                return subprocess.Popen(  # noqa: S603 - the runtime's own command
                    self.launch.command,
                    cwd=self.launch.model_dir,
                    env=self._environment(),
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    start_new_session=True,
                )
            except OSError as error:
                raise DeploymentError(f"cannot start {self.launch.command[0]}: {error}") from error

    def _environment(self) -> dict[str, str]:
        inherited = {name: os.environ[name] for name in _INHERITED if name in os.environ}
        return {
            **inherited,
            **self.launch.environment,
            "SAGEMAKER_BIND_TO_PORT": str(self.port),
            "PENSTOCK_MODEL_DIR": str(self.launch.model_dir),
            "PENSTOCK_HOST": "127.0.0.1",
        }

    def _pings(self) -> bool:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=2)
        try:
            connection.request("GET", "/ping")
            return connection.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    def _failed(self, reason: str) -> DeploymentError:
        return DeploymentError(f"{reason}. Log: {tail(self.launch.log) or '(empty)'}")


def tail(path: Path, characters: int = 700) -> str:
    """Return the end of a log."""
    try:
        with path.open("rb") as file:
            file.seek(max(0, path.stat().st_size - 4 * characters))
            return file.read().decode(errors="replace").strip()[-characters:]
    except FileNotFoundError:
        return ""
