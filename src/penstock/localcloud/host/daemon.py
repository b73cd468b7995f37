"""Starts the host in the background, says what it does, stops it."""

from __future__ import annotations

import fcntl
import http.client
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO
from urllib.parse import urlsplit

from penstock.errors import MachineError
from penstock.localcloud.host.host import HOST_FILE
from penstock.localcloud.host.info import HostInfo
from penstock.localcloud.host.server import bind
from penstock.localcloud.hosting import process
from penstock.localcloud.hosting.ports import free_port
from penstock.localcloud.owner import owner_of
from penstock.localcloud.state import State

__all__ = ["DEFAULT_PORT", "HostInfo", "down", "status", "up"]

DEFAULT_PORT = 7667
RUNTIME = "penstock.localcloud.hosting.runtime:wheel_runtime"
START_SECONDS = 60.0
# Longer than the host gives its instances to finish what they do.
STOP_SECONDS = 60.0
POLL_SECONDS = 0.05


def up(
    state_dir: Path,
    port: int = DEFAULT_PORT,
    *,
    runtime: str = RUNTIME,
    cache: Path | None = None,
) -> HostInfo:
    """Start the host, or find it running.

    Parameters
    ----------
    state_dir : what the host keeps, S3 objects and all; made where it is not there.
    port : where to listen. 0 takes a free one, and the same again the next time.
    runtime : ``module:function`` that takes the cache and returns a Runtime.
    cache : where environments are kept; default, ``PENSTOCK_CACHE`` or ``~/.cache/penstock``.

    Raises
    ------
    MachineError : the port is in use, the directory not writable, or the host did not start.
    """
    state_dir = state_dir.absolute()
    with _one_at_a_time(state_dir):
        _end_moved(state_dir)
        return status(state_dir) or _start(state_dir, port, runtime, cache or _default_cache())


def status(state_dir: Path) -> HostInfo | None:
    """Return the host with its endpoints and their processes, or None where it is not up.

    The host of a folder that this one is a copy of, or was before it was moved, is not its host.
    """
    recorded = _recorded(state_dir)
    if recorded is None or recorded.folder != str(state_dir.resolve()):
        return None
    answered = _ask(recorded.url)
    # Another program may have taken the port of a host that is gone.
    return answered if answered and answered.pid == recorded.pid else None


def down(state_dir: Path) -> bool:
    """Stop the host and every instance; False where nothing ran."""
    recorded = _recorded(state_dir)
    if recorded is not None:
        process.end(recorded.pid, recorded.started, STOP_SECONDS)
        (state_dir / HOST_FILE).unlink(missing_ok=True)
    ended = _end_instances(state_dir)
    return recorded is not None or ended


def _start(state_dir: Path, port: int, runtime: str, cache: Path) -> HostInfo:
    chosen = port or _last_port(state_dir)
    bind(chosen).close()
    info = _wait_up(state_dir, _spawn(state_dir, chosen, runtime, cache.absolute()))
    (state_dir / "port").write_text(str(chosen))
    return info


@contextmanager
def _one_at_a_time(state_dir: Path) -> Iterator[None]:
    """Let the second of two who say `up` at once find the host of the first."""
    with _open_lock(state_dir) as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _open_lock(state_dir: Path) -> IO[str]:
    try:
        # For the user alone: an environment given to CreateModel may hold a secret.
        state_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        return (state_dir / "up.lock").open("w")
    except OSError as error:
        raise MachineError(
            f"cannot write: {error.strerror}",
            where=str(state_dir),
            hint="choose a folder you may write to",
        ) from error


def _end_moved(state_dir: Path) -> None:
    """End a host whose folder was moved here under it: it would write where the folder was."""
    recorded = _recorded(state_dir)
    if recorded is not None and recorded.folder != str(state_dir.resolve()):
        down(state_dir)


def _end_instances(state_dir: Path) -> bool:
    """End what a host that had to be killed, or was killed before, left behind."""
    if not (state_dir / "state.db").exists():
        return False
    state = State(state_dir / "state.db")
    ended = False
    # Those of a file that was copied here are another folder's.
    processes = state.processes() if state.belongs_to(owner_of(state_dir)) else ()
    for pid, started in processes:
        ended = ended or process.is_ours(pid, started)
        process.end(pid, started, STOP_SECONDS)
        state.forget_process(pid)
    state.close()
    return ended


def _recorded(state_dir: Path) -> HostInfo | None:
    """Return the host that its file names, if that very process lives and is this folder's."""
    try:
        info = HostInfo.from_dict(json.loads((state_dir / HOST_FILE).read_text()))
    except FileNotFoundError:
        return None
    ours = info.owner == owner_of(state_dir)
    return info if ours and process.is_ours(info.pid, info.started) else None


def _ask(url: str) -> HostInfo | None:
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=10)
    try:
        connection.request("GET", "/_penstock/status")
        return HostInfo.from_dict(json.loads(connection.getresponse().read()))
    except (OSError, http.client.HTTPException, ValueError, KeyError):
        return None
    finally:
        connection.close()


def _last_port(state_dir: Path) -> int:
    """Return the port this state had, so that a URL in a shell stays right; else a free one."""
    try:
        last = int((state_dir / "port").read_text())
        bind(last).close()
    except (FileNotFoundError, ValueError, MachineError):
        return free_port()
    return last


def _default_cache() -> Path:
    """Where packaging proves its environments, so that one proven there is used again."""
    root = os.environ.get("PENSTOCK_CACHE")
    return (Path(root) if root else Path.home() / ".cache" / "penstock") / "environments"


def _spawn(state_dir: Path, port: int, runtime: str, cache: Path) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "penstock.localcloud", "--state-dir", str(state_dir)]
    command += ["--port", str(port), "--runtime", runtime, "--cache", str(cache)]
    with (state_dir / "host.err").open("wb") as output:
        return subprocess.Popen(  # noqa: S603 - our own module
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            cwd=state_dir,
            start_new_session=True,
        )


def _wait_up(state_dir: Path, child: subprocess.Popen[bytes]) -> HostInfo:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        info = status(state_dir)
        if info is not None:
            return info
        if child.poll() is not None:
            break
        time.sleep(POLL_SECONDS)
    child.terminate()
    said = (state_dir / "host.err").read_text(errors="replace").strip()[-700:]
    raise MachineError(
        f"the host did not start: {said or 'it said nothing'}",
        where=str(state_dir),
        hint="see host.log and host.err there",
    )
