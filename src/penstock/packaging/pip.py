"""pip as a subprocess: the one place that runs it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from penstock.errors import MachineError, StageError

__all__ = ["run_pip"]


def run_pip(*arguments: str, python: Path | None = None, timeout: float = 900) -> str:
    """Run pip and return what it printed.

    Parameters
    ----------
    arguments : pip's own, such as ``"wheel", "--no-deps"``.
    python : the interpreter to act on; default, the one that runs Penstock.
    timeout : seconds.

    Raises
    ------
    StageError : pip failed; the error holds pip's last lines.
    MachineError : there is no pip beside this Python.
    """
    chosen = ["--python", str(python)] if python else []
    command = [sys.executable, "-m", "pip", *chosen, "--disable-pip-version-check", *arguments]
    done = subprocess.run(  # noqa: S603 - arguments are a list, no shell
        command, capture_output=True, text=True, timeout=timeout, check=False
    )
    if done.returncode == 0:
        return done.stdout
    if "No module named pip" in done.stderr:
        raise MachineError(
            "this Python has no pip", where=sys.executable, hint="run `python -m ensurepip`"
        )
    raise StageError(
        f"pip {arguments[0]} failed: {_last_words(done.stderr, done.stdout)}",
        where="package",
        hint="see the requirement named above",
    )


def _last_words(stderr: str, stdout: str) -> str:
    """Return pip's errors; `pip check` prints what is missing to stdout."""
    errors = [line for line in stderr.splitlines() if "ERROR" in line]
    lines = errors or stdout.splitlines() or ["no output"]
    return " ".join(lines[-3:])
