"""A model's own wheels of private packages, made importable for this process.

A wrapped model's `wheels/` holds the private packages of its project, and `private.txt` says
which they are: in a packaged model they lie between those of the whole environment.
"""

from __future__ import annotations

import atexit
import shutil
import sys
import tempfile
import zipfile
from collections.abc import Sequence
from email.parser import HeaderParser
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name, parse_wheel_filename

from penstock.artifacts.manifest import read_manifest, verify
from penstock.filters import registry

__all__ = ["activate", "own_wheels", "wheel_needs", "write_wheels"]

_PRIVATE = "wheels/private.txt"
"""File names of private packages' wheels, one a line."""

_ACTIVE: dict[str, Path] = {}
"""Folder of each wheel that was unpacked, by its SHA-256."""


def write_wheels(directory: Path, wheels: Sequence[Path]) -> None:
    """Copy private packages' wheels below `wheels/` and name them in `private.txt`."""
    if not wheels:
        return
    (directory / "wheels").mkdir(exist_ok=True)
    for wheel in wheels:
        shutil.copyfile(wheel, directory / "wheels" / wheel.name)
    names = sorted(wheel.name for wheel in wheels)
    (directory / _PRIVATE).write_text("\n".join(names) + "\n", encoding="utf-8")


def own_wheels(directory: Path) -> list[Path]:
    """Return the wheels below `wheels/` of private packages, and of others with filters, sorted.

    Raises
    ------
    IntegrityError : the list of them is not what the manifest says.
    """
    listed: set[str] = set()
    if (directory / _PRIVATE).is_file():
        verify(directory, only=[_PRIVATE])
        listed = set((directory / _PRIVATE).read_text(encoding="utf-8").split("\n"))
    found = sorted(directory.glob("wheels/*.whl"))
    return [path for path in found if path.name in listed or _brings_filters(path)]


def wheel_needs(directory: Path) -> list[Requirement]:
    """Return what the model's own wheels want besides each other and Penstock, sorted."""
    wheels = own_wheels(directory)
    own = {parse_wheel_filename(wheel.name)[0] for wheel in wheels} | {"penstock"}
    wanted = {str(need): need for wheel in wheels for need in _needs(wheel)}
    return [wanted[key] for key in sorted(wanted) if canonicalize_name(wanted[key].name) not in own]


def _needs(wheel: Path) -> list[Requirement]:
    lines = HeaderParser().parsestr(_metadata(wheel, "METADATA")).get_all("Requires-Dist") or []
    needs = [Requirement(line) for line in lines]
    return [n for n in needs if n.marker is None or n.marker.evaluate({"extra": ""})]


def activate(directory: Path) -> None:
    """Make a model's private packages and their filters known; nothing is installed.

    Each wheel's digest is checked first. A module that this process has imported already, of the
    project or of another model, stays as it is.

    Raises
    ------
    IntegrityError : a wheel is not what the manifest says.
    """
    wheels = own_wheels(directory)
    if not wheels:
        return
    names = [wheel.relative_to(directory).as_posix() for wheel in wheels]
    verify(directory, only=names)
    digests = {file.path: file.sha256 for file in read_manifest(directory)}
    for name, wheel in zip(names, wheels, strict=True):
        folder = _ACTIVE.setdefault(digests[name], _unpacked(wheel, digests[name]))
        if str(folder) not in sys.path:
            sys.path.insert(0, str(folder))
    registry.refresh()


def _unpacked(wheel: Path, digest: str) -> Path:
    if digest in _ACTIVE:
        return _ACTIVE[digest]
    folder = Path(tempfile.mkdtemp(prefix="penstock-filters-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder)
    return folder


def _brings_filters(wheel: Path) -> bool:
    if not zipfile.is_zipfile(wheel):
        return False
    return f"[{registry.GROUP}]" in _metadata(wheel, "entry_points.txt")


def _metadata(wheel: Path, file: str) -> str:
    with zipfile.ZipFile(wheel) as archive:
        found = [name for name in archive.namelist() if name.endswith(f".dist-info/{file}")]
        return archive.read(found[0]).decode("utf-8") if found else ""
