"""An environment for each server: built once, thrown away with its folder."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from peers.servers import ROOT, Server


class FailedError(Exception):
    """A server that cannot be installed or does not run, with the last line it said."""


def build(server: Server, folder: Path) -> Path:
    """Install a server's requirements into ``folder/<name>``, unless they are there."""
    place = folder / server.folder
    done = place / "requirements.txt"
    wanted = "\n".join(server.requirements)
    if done.exists() and done.read_text() == wanted:
        if str(ROOT) in server.requirements:  # the code may have changed
            _run(
                str(place / "bin/pip"),
                "install",
                "--quiet",
                "--force-reinstall",
                "--no-deps",
                str(ROOT),
            )
        return place
    _run(sys.executable, "-m", "venv", "--clear", str(place))
    _run(str(place / "bin/pip"), "install", "--quiet", *server.requirements)
    done.write_text(wanted)
    return place


def size(folder: Path) -> int:
    """Return the bytes of an environment's files, links not followed."""
    files = (path for path in folder.rglob("*") if path.is_file() and not path.is_symlink())
    return sum(path.stat().st_size for path in files)


def _run(*command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise FailedError(last_line(done.stderr))


def last_line(text: str) -> str:
    """Return the last line that says something."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1][:160] if lines else "it said nothing"
