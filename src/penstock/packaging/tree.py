"""The digest of a source folder: what a wheel is built from."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

__all__ = ["tree_digest"]

MADE_BY_TOOLS = frozenset({"__pycache__", "build", "dist", "node_modules"})


def tree_digest(folder: Path) -> str:
    """Return the SHA-256 over paths and contents; hidden files and build results left out."""
    total = hashlib.sha256()
    for path in sorted(_files(folder)):
        content = hashlib.sha256(path.read_bytes()).hexdigest()
        total.update(f"{content} {path.relative_to(folder).as_posix()}\n".encode())
    return total.hexdigest()


def _files(folder: Path) -> Iterator[Path]:
    for root, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if not _skipped(name)]
        yield from (Path(root) / name for name in files if not name.startswith("."))


def _skipped(name: str) -> bool:
    return name.startswith(".") or name in MADE_BY_TOOLS or name.endswith(".egg-info")
