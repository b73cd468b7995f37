"""The project's private packages: known to this process, and as wheels for a model.

A filter of `packages/` works without `pip install` in the developer's environment, and a
changed one is picked up by the next command.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path

from penstock.errors import Problem, StageError
from penstock.locks import locked
from penstock.packaging.pip import run_pip
from penstock.packaging.sources import check_packages, sources_digest
from penstock.packaging.wheels import build_wheel
from penstock.stages.project import Project

__all__ = ["activate", "private_wheels"]


def activate(project: Project) -> None:
    """Make the filters of the project's private packages known to this process.

    Each wheel of `private_wheels` is installed under `.penstock/packages/`, once.

    Raises
    ------
    ConfigError, StageError : as `private_wheels`.
    """
    for wheel in private_wheels(project):
        target = project.state / "packages" / wheel.parent.name
        _once(target, partial(_unpack, wheel))
        if str(target) not in sys.path:
            sys.path.insert(0, str(target))


def private_wheels(project: Project) -> list[Path]:
    """Return the wheel of each of the project's private packages, in their order.

    Each is built from a copy of its sources under `.penstock/private/<Python and digest of the
    sources>`, once: what is checked, wrapped and packaged is the same file.

    Raises
    ------
    ConfigError : a folder of `packages` is not there, or is no package.
    StageError : packages cannot be built, with every one of them.
    """
    packages = [project.folder / name for name in project.config.packages]
    check_packages(packages)
    built: list[Path] = []
    problems: list[Problem] = []
    for package in packages:
        try:
            built.append(_built(project.state / "private", package))
        except StageError as error:
            problems += error.problems
    if problems:
        raise StageError(problems=problems)
    return built


def _built(root: Path, package: Path) -> Path:
    # What is compiled is compiled for one Python.
    target = root / f"{sys.implementation.cache_tag}-{sources_digest(package)[:32]}"
    _once(target, partial(build_wheel, str(package.resolve())))
    (wheel,) = target.glob("*.whl")
    return wheel


def _once(target: Path, make: Callable[[Path], object]) -> None:
    """Have `make` fill a folder, whole or not at all, unless it is there."""
    with locked(target.parent / ".lock"):
        if target.exists():
            return
        scratch = Path(tempfile.mkdtemp(prefix=".new-", dir=target.parent))
        try:
            make(scratch / "made")
            (scratch / "made").replace(target)
        finally:
            shutil.rmtree(scratch, ignore_errors=True)


def _unpack(wheel: Path, target: Path) -> None:
    arguments = ("install", "--no-deps", "--no-index", "--target", str(target), str(wheel))
    run_pip(*arguments, settings=False)
