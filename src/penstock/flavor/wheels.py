"""A packaged model's own wheels of filters, made importable for this process."""

from __future__ import annotations

import atexit
import shutil
import sys
import tempfile
import zipfile
from email.parser import HeaderParser
from pathlib import Path

from packaging.requirements import Requirement

from penstock.artifacts.manifest import read_manifest, verify
from penstock.filters import registry

__all__ = ["activate", "filter_wheels", "wheel_needs"]

_ACTIVE: dict[str, Path] = {}
"""Folder of each wheel that was unpacked, by its SHA-256."""


def filter_wheels(directory: Path) -> list[Path]:
    """Return the wheels below ``wheels/`` that bring filters, sorted."""
    return [path for path in sorted(directory.glob("wheels/*.whl")) if _brings_filters(path)]


def wheel_needs(directory: Path) -> list[str]:
    """Return the distributions that the model's filters want, Penstock itself left out."""
    wanted: set[str] = set()
    for wheel in filter_wheels(directory):
        text = _metadata(wheel, "METADATA")
        lines = HeaderParser().parsestr(text).get_all("Requires-Dist") or []
        needs = [Requirement(line) for line in lines]
        wanted |= {n.name for n in needs if n.marker is None or n.marker.evaluate({"extra": ""})}
    return sorted(wanted - {"penstock"})


def activate(directory: Path) -> None:
    """Make the filters of a model's wheels known; nothing is installed.

    Each wheel's digest is checked first. A module that this process has imported already, of the
    project or of another model, stays as it is.

    Raises
    ------
    IntegrityError : a wheel is not what the manifest says.
    """
    wheels = filter_wheels(directory)
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
