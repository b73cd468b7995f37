"""A program that is watched line by line and never outlives its watcher."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

__all__ = ["follow", "last_words"]


def follow(
    command: Sequence[str],
    log: Path,
    on_line: Callable[[str], None],
    environment: Mapping[str, str] = os.environ,
) -> int:
    """Run a program, hand over each line of its stdout, and return its exit status.

    Parameters
    ----------
    command : the program and its arguments; no shell.
    log : gets its stderr.
    on_line : gets each line without its end. Whatever it raises, Ctrl-C too, ends the program
        and all that it started.
    environment : the program's; default, this process's own.
    """
    # Another environment's Python must not see this one's packages.
    kept = {k: v for k, v in environment.items() if k not in ("PYTHONPATH", "PYTHONHOME")}
    with (
        log.open("ab") as sink,
        subprocess.Popen(  # noqa: S603 - a list, no shell
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=sink,
            env=kept, start_new_session=True,
        ) as process,
    ):  # fmt: skip
        try:
            assert process.stdout is not None  # noqa: S101 - it is a pipe
            for line in process.stdout:
                on_line(line.decode("utf-8", "replace").rstrip("\r\n"))
            return process.wait()
        finally:
            if process.poll() is None:
                with suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)


def last_words(log: Path, count: int = 3) -> str:
    """Return the last lines of a log that say something, those with an error first."""
    lines = [x.strip() for x in log.read_text("utf-8", "replace").splitlines() if x.strip()]
    errors = [line for line in lines if "error" in line.lower()]
    return " ".join((errors or lines)[-count:]) or "it said nothing"
