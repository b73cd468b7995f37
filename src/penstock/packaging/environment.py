"""An environment made offline from a lock and its wheels: the proof, and the local runtime."""

from __future__ import annotations

import hashlib
import os
import shutil
import sys
import venv
from pathlib import Path

from packaging.tags import Tag, sys_tags
from packaging.utils import InvalidWheelFilename, parse_wheel_filename

from penstock.errors import Problem, StageError
from penstock.locks import locked
from penstock.packaging.pip import run_pip

__all__ = ["build", "default_cache"]


def default_cache() -> Path:
    """Return where environments are kept: ``PENSTOCK_CACHE`` or ``~/.cache/penstock``."""
    root = os.environ.get("PENSTOCK_CACHE")
    return (Path(root) if root else Path.home() / ".cache" / "penstock") / "environments"


def build(lock: Path, wheels: Path, cache: Path) -> Path:
    """Install a lock from its wheels, with no index and no network.

    An environment that was built from the same lock with the same Python is used again:
    the lock's hashes fix every byte of it.

    Parameters
    ----------
    lock : ``requirements.lock`` with a hash for each wheel.
    wheels : the folder of wheels.
    cache : where environments live, one folder for each lock.

    Returns
    -------
    The environment's Python.

    Raises
    ------
    StageError : a wheel is missing, is not what its hash says, or is for another Python.
    """
    root = cache / _key(lock)
    python = root / "bin" / "python"
    with locked(root.with_suffix(".lock")):
        if not (root / ".complete").exists():
            _check_python(wheels)
            shutil.rmtree(root, ignore_errors=True)
            venv.create(root, with_pip=False, symlinks=True)
            _install(lock, wheels, python)
            (root / ".complete").touch()
    return python


def _check_python(wheels: Path) -> None:
    """Raise StageError with every wheel that this Python, on this machine, cannot install."""
    ours = set(sys_tags())
    problems = [
        Problem(
            f"is for another Python or machine than this one, Python {sys.version.split()[0]}",
            wheel.name,
            "run `penstock package` with the Python that serves, or serve with that of the lock",
        )
        for wheel in sorted(wheels.glob("*.whl"))
        if ours.isdisjoint(_tags(wheel))
    ]
    if problems:
        raise StageError(problems=problems)


def _tags(wheel: Path) -> frozenset[Tag]:
    try:
        return parse_wheel_filename(wheel.name)[3]
    except InvalidWheelFilename as error:
        raise StageError(f"is no wheel: {error}", where=wheel.name) from None


def _install(lock: Path, wheels: Path, python: Path) -> None:
    run_pip(
        "install",
        "--no-index",
        "--find-links",
        str(wheels),
        "--require-hashes",
        "--no-deps",
        "--requirement",
        str(lock),
        python=python,
        settings=False,
    )
    run_pip("check", python=python, settings=False)


def _key(lock: Path) -> str:
    python = f"{sys.implementation.cache_tag}\n{sys.base_prefix}\n".encode()
    return hashlib.sha256(python + lock.read_bytes()).hexdigest()[:32]
