"""The project's private packages, installed for this process alone.

A filter of `packages/` works without `pip install` in the developer's environment, and a
changed one is picked up by the next command.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path

from penstock.packaging.pip import run_pip
from penstock.packaging.tree import tree_digest
from penstock.stages.project import Project

__all__ = ["activate"]


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
    target = root / tree_digest(package)[:32]
    if not target.exists():
        root.mkdir(parents=True, exist_ok=True)
        scratch = Path(tempfile.mkdtemp(prefix=".new-", dir=root))
        try:
            run_pip("install", "--no-deps", "--target", str(scratch), str(package.resolve()))
            scratch.replace(target)
        finally:
            shutil.rmtree(scratch, ignore_errors=True)
    return target
