"""The wheels a packaged model runs from: Penstock itself, private packages, dependencies."""

from __future__ import annotations

import hashlib
import json
import shutil
import sys
import tempfile
from collections.abc import Sequence
from importlib import metadata
from pathlib import Path
from urllib.parse import unquote, urlparse

from penstock.artifacts.manifest import sha256_file
from penstock.errors import StageError
from penstock.packaging.pip import run_pip
from penstock.packaging.sources import copy_sources, sources_digest

__all__ = ["build_wheel", "build_wheels", "penstock_requirement"]


def build_wheels(private: Sequence[Path], cache: Path, needs: Sequence[str] = ()) -> list[Path]:
    """Build or collect every wheel that serving needs.

    Parameters
    ----------
    private : wheels of private packages, taken as they are.
    cache : where wheels are kept, a folder for each state of the private ones, of Penstock's
        sources and of the installed versions; the same state is not built again.
    needs : distributions that the model's filters want besides, in their installed version.

    Returns
    -------
    The wheels, all in one folder, sorted by file name.

    Raises
    ------
    StageError : pip could not build or find a wheel.
    """
    folder = cache / _key(private, needs)
    if not folder.exists():
        cache.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".new-", dir=cache) as scratch:
            _fill(private, Path(scratch), needs)
            (Path(scratch) / "wheels").replace(folder)
    return sorted(folder.glob("*.whl"))


def build_wheel(source: str, destination: Path) -> Path:
    """Build one wheel, without its dependencies, and return it.

    A folder is copied first: what a former build left there does not get into the wheel, and
    nothing is written there. The same sources give the same wheel with the same build backend.

    Parameters
    ----------
    source : a folder with a `pyproject.toml`, or a requirement.
    destination : a folder for the wheel.

    Raises
    ------
    StageError : pip could not build or find it; with what the build said.
    """
    with tempfile.TemporaryDirectory(prefix="penstock-build-") as scratch:
        if Path(source).is_dir():
            given = str(copy_sources(Path(source), Path(scratch) / "copy" / Path(source).name))
        else:
            given = source
        _pip_wheel(source, given, Path(scratch) / "wheel")
        (built,) = (Path(scratch) / "wheel").glob("*.whl")
        destination.mkdir(parents=True, exist_ok=True)
        return Path(shutil.copy(built, destination))


def _pip_wheel(source: str, given: str, destination: Path) -> None:
    try:
        run_pip("wheel", "--no-deps", "--wheel-dir", str(destination), given)
    except StageError as error:
        hint = "mend the package, or its pyproject.toml"
        raise StageError(
            f"does not build: {error.problems[0].what}", where=source, hint=hint
        ) from None


def penstock_requirement() -> str:
    """Return what pip should build Penstock's wheel from: its source folder or its version."""
    distribution = metadata.distribution("penstock")
    origin = json.loads(distribution.read_text("direct_url.json") or "{}")
    if "dir_info" in origin:
        return unquote(urlparse(origin["url"]).path)
    return f"penstock=={distribution.version}"


def _key(private: Sequence[Path], needs: Sequence[str]) -> str:
    lines = [f"{sys.implementation.cache_tag}\n", _installed_versions(exclude=set())]
    lines += [f"needs {name}\n" for name in needs]
    source = penstock_requirement()
    lines.append(f"{sources_digest(Path(source)) if Path(source).is_dir() else source}\n")
    lines += [f"{wheel.name} {sha256_file(wheel)}\n" for wheel in private]
    return hashlib.sha256("".join(lines).encode()).hexdigest()[:32]


def _fill(private: Sequence[Path], scratch: Path, needs: Sequence[str]) -> None:
    own = [build_wheel(penstock_requirement(), scratch / "own"), *private]
    constraints = scratch / "constraints.txt"
    constraints.write_text(_installed_versions(exclude={_name(wheel) for wheel in own}))
    _collect(own, constraints, scratch / "wheels", needs)


def _collect(
    own: Sequence[Path], constraints: Path, destination: Path, needs: Sequence[str]
) -> None:
    run_pip(
        "download",
        "--only-binary=:all:",
        "--dest",
        str(destination),
        "--constraint",
        str(constraints),
        *(str(wheel) for wheel in own),
        *needs,
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
