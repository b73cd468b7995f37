"""pip as a subprocess: the one place that runs it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

from penstock.artifacts.masking import mask_url
from penstock.errors import MachineError, StageError

__all__ = ["pip_environment", "run_pip"]

# Settings of the user's pip that change what pip does, not where it finds packages. Those that
# are on or off are off, whatever a pip.conf says; the others can be taken from the environment.
OFF = ("USER", "NO_DEPS", "REQUIRE_HASHES", "REQUIRE_VIRTUALENV", "DRY_RUN", "QUIET")
DROPPED = ("TARGET", "PREFIX", "ROOT", "PYTHON", "PLATFORM", "PYTHON_VERSION", "IMPLEMENTATION",
           "ABI", "REQUIREMENT", "EDITABLE", "REPORT", "DEST", "WHEEL_DIR")  # fmt: skip

# The hour that hatchling gives to files too; a build that names none gets the same on any day.
SOURCE_DATE_EPOCH = "1580601600"

_OUTPUT = re.compile(r"\[\d+ lines? of output\]\n(.*?)\[end of output\]", re.DOTALL)
_ERROR = re.compile(r"([\w.]*(error|exception)|systemexit)\b", re.IGNORECASE)


def run_pip(
    *arguments: str, python: Path | None = None, timeout: float = 900, settings: bool = True
) -> str:
    """Run pip and return what it printed.

    Parameters
    ----------
    arguments : pip's own, such as ``"wheel", "--no-deps"``.
    python : the interpreter to act on; default, the one that runs Penstock.
    timeout : seconds.
    settings : whether the user's settings count: where packages come from, and how to get them.

    Raises
    ------
    StageError : pip failed; the error holds pip's last lines, or those of the build.
    MachineError : there is no pip beside this Python.
    """
    chosen = ["--python", str(python)] if python else []
    command = [sys.executable, "-m", "pip", *chosen, "--disable-pip-version-check", *arguments]
    done = subprocess.run(  # noqa: S603 - arguments are a list, no shell
        command,
        capture_output=True,
        encoding="utf-8",
        errors="replace",
        timeout=timeout,
        check=False,
        env=pip_environment(settings),
        umask=0o022,
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


def pip_environment(settings: bool = True) -> dict[str, str]:
    """Return the environment that pip runs in.

    Parameters
    ----------
    settings : whether the user's settings count, as far as they say where packages come from.
        Those that send packages elsewhere (``PIP_USER``, ``user = true``) never do.
    """
    kept = {k: v for k, v in os.environ.items() if not k.startswith("PIP_") or settings}
    for name in (*(f"PIP_{name}" for name in DROPPED), "FORCE_COLOR"):
        kept.pop(name, None)
    kept |= {"PYTHONIOENCODING": "utf-8", "PYTHONHASHSEED": "0", "NO_COLOR": "1"}
    kept.setdefault("SOURCE_DATE_EPOCH", SOURCE_DATE_EPOCH)
    off = {f"PIP_{name}": "0" for name in OFF}
    return kept | (off if settings else {"PIP_CONFIG_FILE": os.devnull})


def _last_words(stderr: str, stdout: str) -> str:
    """Return why a build failed, or pip's errors; `pip check` prints what is missing to stdout."""
    outputs = _OUTPUT.findall(stderr)
    if outputs:
        said = _words(outputs[-1])
        last = max((at for at, line in enumerate(said) if _ERROR.match(line)), default=-3)
        return mask_url(" ".join(said[last:][:3]) or "the build said nothing")
    errors = [line for line in _words(stderr) if _ERROR.match(line)]
    lines = errors or _words(stdout) or _words(stderr) or ["no output"]
    return mask_url(" ".join(lines[-3:]))


def _words(text: str) -> list[str]:
    """Return the lines that say something, without the rules pip draws beside them."""
    lines = (line.strip(" \t│|") for line in text.splitlines())
    return [line for line in lines if line]
