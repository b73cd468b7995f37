"""The project's private packages, installed for this process alone.

A filter of `packages/` works without `pip install` in the developer's environment, and a
changed one is picked up by the next command.
"""

from __future__ import annotations

import hashlib
import shutil
import sys
import tempfile
from pathlib import Path

from penstock.artifacts.manifest import sha256_file
from penstock.packaging.pip import run_pip
from penstock.stages.project import Project

__all__ = ["activate"]

MADE_BY_TOOLS = frozenset({"__pycache__", "build", "dist", ".venv", ".pytest_cache"})


def activate(project: Project) -> None:
    """Make the filters of the project's private packages known to this process.

    Each is installed under `.penstock/packages/<digest of its files>`, once.

    Raises
    ------
    StageError : a package cannot be built.
    """
    for name in project.config.packages:
        target = _installed(project.state / "packages", project.folder / name)
        if str(target) not in sys.path:
            sys.path.insert(0, str(target))


def _installed(root: Path, package: Path) -> Path:
    target = root / _key(package)
    if not target.exists():
        root.mkdir(parents=True, exist_ok=True)
        scratch = Path(tempfile.mkdtemp(prefix=".new-", dir=root))
        try:
            run_pip("install", "--no-deps", "--target", str(scratch), str(package.resolve()))
            scratch.replace(target)
        finally:
            shutil.rmtree(scratch, ignore_errors=True)
    return target


def _key(package: Path) -> str:
    lines = [
        f"{path.relative_to(package).as_posix()} {sha256_file(path)}\n"
        for path in sorted(package.rglob("*"))
        if path.is_file() and not _made_by_tools(path.relative_to(package))
    ]
    return hashlib.sha256("".join(lines).encode()).hexdigest()[:32]


def _made_by_tools(path: Path) -> bool:
    return any(part in MADE_BY_TOOLS or part.endswith(".egg-info") for part in path.parts)
