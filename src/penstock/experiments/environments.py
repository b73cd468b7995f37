"""Environments of their own for candidates: made once, kept by their requirements."""

from __future__ import annotations

import hashlib
import json
import shutil
import sys
import tempfile
import venv
from collections.abc import Callable, Sequence
from pathlib import Path

from packaging.requirements import InvalidRequirement, Requirement

from penstock.artifacts.atomic import sweep
from penstock.errors import InputError, StageError
from penstock.experiments.subprocesses import follow, last_words
from penstock.locks import locked
from penstock.packaging.pip import pip_environment

__all__ = ["build", "environment_digest", "refused"]

Notify = Callable[[str], None]


def refused(requirement: str) -> str | None:
    """Return why pip is not to be given a requirement, or None.

    Only names with versions or addresses (PEP 508): an option of pip is none.
    """
    try:
        Requirement(requirement)
    except InvalidRequirement as error:
        return str(error).splitlines()[0]
    return None


def environment_digest(requirements: Sequence[str]) -> str:
    """Return the digest that an environment is kept under: its requirements and this Python."""
    key = [sys.version, sys.base_prefix, *sorted(requirements)]
    return hashlib.sha256(json.dumps(key).encode()).hexdigest()[:32]


def build(root: Path, requirements: Sequence[str], notify: Notify) -> Path:
    """Return the Python of an environment, which is made where there is none yet.

    It is made beside its place and renamed when it is whole. Two processes that want the same
    one make it once.

    Parameters
    ----------
    root : the folder of all environments.
    requirements : for pip, as PEP 508 has them.
    notify : gets what pip is at.

    Raises
    ------
    InputError : a requirement is none.
    StageError : pip failed; the error holds its last words.
    """
    for requirement in requirements:
        why = refused(requirement)
        if why:
            raise InputError(f"{requirement!r} is no requirement: {why}", where="requirements")
    folder = root / environment_digest(requirements)
    with locked(root / f"{folder.name}.lock"):
        if not (folder / "bin" / "python").exists():
            shutil.rmtree(folder, ignore_errors=True)
            _make(root / ".building", folder, requirements, notify)
    return folder / "bin" / "python"


def _make(scratch_root: Path, folder: Path, requirements: Sequence[str], notify: Notify) -> None:
    scratch_root.mkdir(parents=True, exist_ok=True)
    sweep(scratch_root)
    scratch = Path(tempfile.mkdtemp(dir=scratch_root))
    try:
        notify("making its environment")
        venv.create(scratch / "environment", with_pip=False, symlinks=True)
        _install(scratch, requirements, notify)
        (scratch / "environment").replace(folder)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _install(scratch: Path, requirements: Sequence[str], notify: Notify) -> None:
    log, python = scratch / "pip.log", scratch / "environment" / "bin" / "python"
    pip = [sys.executable, "-m", "pip", "--python", str(python), "--disable-pip-version-check"]
    command = [*pip, "install", "--progress-bar", "off", "--", *requirements]

    def tell(line: str) -> None:
        words = line.split()
        if words[:1] in (["Collecting"], ["Downloading"], ["Building"], ["Installing"]):
            notify(f"making its environment: {' '.join(words)[:60]}")

    if follow(command, log, tell, pip_environment()) != 0:
        raise StageError(
            f"its environment cannot be made: {last_words(log)}",
            where=", ".join(requirements),
            hint="name versions that pip finds and that go together",
        )
