"""The wheels a packaged model runs from: Penstock itself, private packages, dependencies."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Sequence
from importlib import metadata
from pathlib import Path
from urllib.parse import unquote, urlparse

from penstock.errors import Problem, StageError
from penstock.packaging.pip import run_pip

__all__ = ["build_wheels", "penstock_requirement"]


def build_wheels(packages: Sequence[Path], destination: Path) -> list[Path]:
    """Fill a folder with every wheel that serving needs.

    Parameters
    ----------
    packages : folders of private packages, each with a ``pyproject.toml``.
    destination : an empty or new folder.

    Returns
    -------
    The wheels, sorted by file name.

    Raises
    ------
    StageError : a folder is no package, or pip could not build or find a wheel.
    """
    _check_packages(packages)
    destination.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        own = _build_own(packages, Path(scratch) / "own")
        constraints = Path(scratch) / "constraints.txt"
        constraints.write_text(_installed_versions(exclude={_name(wheel) for wheel in own}))
        _collect(own, constraints, destination)
    return sorted(destination.glob("*.whl"))


def penstock_requirement() -> str:
    """Return what pip should build Penstock's wheel from: its source folder or its version."""
    distribution = metadata.distribution("penstock")
    origin = json.loads(distribution.read_text("direct_url.json") or "{}")
    if "dir_info" in origin:
        return unquote(urlparse(origin["url"]).path)
    return f"penstock=={distribution.version}"


def _check_packages(packages: Sequence[Path]) -> None:
    problems = [
        Problem("has no pyproject.toml", str(package), "mend `packages` in penstock.yaml")
        for package in packages
        if not (package / "pyproject.toml").is_file()
    ]
    if problems:
        raise StageError(problems=problems)


def _build_own(packages: Sequence[Path], destination: Path) -> list[Path]:
    requirements = [penstock_requirement(), *(str(package.resolve()) for package in packages)]
    run_pip("wheel", "--no-deps", "--wheel-dir", str(destination), *requirements)
    return sorted(destination.glob("*.whl"))


def _collect(own: Sequence[Path], constraints: Path, destination: Path) -> None:
    run_pip(
        "download",
        "--only-binary=:all:",
        "--dest",
        str(destination),
        "--constraint",
        str(constraints),
        *(str(wheel) for wheel in own),
    )
    for wheel in own:
        shutil.copy(wheel, destination)


def _name(wheel: Path) -> str:
    return wheel.name.split("-")[0].replace("_", "-").lower()


def _installed_versions(exclude: set[str]) -> str:
    """Pin to what is installed, so that serving runs the versions training was tested with."""
    pins = {
        distribution.metadata["Name"].lower(): distribution.version
        for distribution in metadata.distributions()
    }
    # A local version such as 2.13.0+cpu is on no index.
    return "".join(
        f"{name}=={version.split('+')[0]}\n"
        for name, version in sorted(pins.items())
        if name.replace("_", "-") not in exclude
    )
