"""Writes that a crash cannot halve."""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

__all__ = ["sweep", "sync_folder", "synced", "write_whole"]

# Whoever works longer than this on one file is dead.
ABANDONED_SECONDS = 24 * 3600


def synced(file: BinaryIO, mode: int) -> None:
    """Set an open file's permissions and bring its bytes to the disk."""
    file.flush()
    os.fchmod(file.fileno(), mode)
    os.fsync(file.fileno())


def sync_folder(folder: Path) -> None:
    """Bring a folder's names to the disk, where the system can."""
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def sweep(folder: Path) -> None:
    """Remove from a folder of temporary files what was left there a day ago and more."""
    oldest = time.time() - ABANDONED_SECONDS
    for item in folder.iterdir():
        with suppress(OSError):
            if item.lstat().st_mtime >= oldest:
                continue
            if item.is_dir() and not item.is_symlink():
                shutil.rmtree(item)
            else:
                item.unlink()


def write_whole(path: Path, content: bytes, mode: int = 0o644) -> None:
    """Write a file so that a reader sees the old content or the new; OSError if it cannot be."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            synced(file, mode)
        Path(name).replace(path)
    finally:
        Path(name).unlink(missing_ok=True)
    sync_folder(path.parent)
