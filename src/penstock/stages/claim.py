"""One deployment of a target at a time, and who holds it."""

from __future__ import annotations

import fcntl
import getpass
import json
import os
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import IO

from penstock.errors import DeploymentError, MachineError
from penstock.stages.project import Project

__all__ = ["claim", "who"]


def who() -> str:
    """Return ``user@machine`` of this process."""
    try:
        user = getpass.getuser()
    except (OSError, KeyError):  # no name for this user id, as in many containers
        user = str(os.getuid())
    return f"{user}@{socket.gethostname()}"


@contextmanager
def claim(
    project: Project, target: str, wait: bool, on_wait: Callable[[str], None] = lambda text: None
) -> Iterator[None]:
    """Hold a target's deployment, so that no other process of this project deploys it.

    The claim is a file lock, which the system drops when its process ends, however it ends.

    Parameters
    ----------
    project, target : whose deployment.
    wait : for another deployment to end; else it is an error.
    on_wait : told who is waited for.

    Raises
    ------
    DeploymentError : another deployment of the target is under way.
    MachineError : the lock cannot be written.
    """
    with _open(project, target) as file:
        if not _locked(file, fcntl.LOCK_EX | fcntl.LOCK_NB):
            text = f"another deployment of '{target}' is under way, {_holder(file)}"
            if not wait:
                hint = "wait for it with `--wait`"
                raise DeploymentError(text, where=f"deploy {target}", hint=hint)
            on_wait(text)
            _locked(file, fcntl.LOCK_EX)
        _sign(file)
        yield


def _open(project: Project, target: str) -> IO[str]:
    folder = project.state / "locks"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(folder / f"deploy-{target}.lock", os.O_RDWR | os.O_CREAT, 0o644)
    except OSError as error:
        what = f"cannot be written: {error.strerror}"
        raise MachineError(what, where=str(folder)) from None
    return os.fdopen(descriptor, "r+", encoding="utf-8")


def _locked(file: IO[str], how: int) -> bool:
    try:
        fcntl.flock(file, how)
    except BlockingIOError:
        return False
    return True


def _sign(file: IO[str]) -> None:
    started = datetime.now(UTC).isoformat(timespec="seconds")
    file.seek(0)
    file.truncate()
    json.dump({"by": who(), "process": os.getpid(), "since": started}, file)
    file.flush()


def _holder(file: IO[str]) -> str:
    try:
        holder = json.loads(file.read())
        return f"by {holder['by']} (process {holder['process']}) since {holder['since']}"
    except (ValueError, KeyError, TypeError):  # it holds the lock and has not signed yet
        return "just begun"
