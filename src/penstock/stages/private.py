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
from penstock.packaging.sources import check_packages, sources_digest
from penstock.packaging.wheels import build_wheel
from penstock.stages.project import Project

__all__ = ["activate"]


def activate(project: Project) -> None:
    """Make the filters of the project's private packages known to this process.

    Each is built from a copy of its sources and installed under `.penstock/packages/<Python and
    digest of the sources>`, once.

    Raises
    ------
    ConfigError : a folder of `packages` is not there, or is no package.
    StageError : a package cannot be built.
    """
    check_packages([project.folder / name for name in project.config.packages])
    for name in project.config.packages:
        target = _installed(project.state / "packages", project.folder / name)
        if str(target) not in sys.path:
            sys.path.insert(0, str(target))


def _installed(root: Path, package: Path) -> Path:
    # What is compiled is compiled for one Python.
    target = root / f"{sys.implementation.cache_tag}-{sources_digest(package)[:32]}"
    if not target.exists():
        root.mkdir(parents=True, exist_ok=True)
        scratch = Path(tempfile.mkdtemp(prefix=".new-", dir=root))
        try:
            wheel = build_wheel(str(package.resolve()), scratch / "wheel")
            _unpack(wheel, scratch / "installed")
            (scratch / "installed").replace(target)
        finally:
            shutil.rmtree(scratch, ignore_errors=True)
    return target


def _unpack(wheel: Path, target: Path) -> None:
    arguments = ("install", "--no-deps", "--no-index", "--target", str(target), str(wheel))
    run_pip(*arguments, settings=False)
