"""Whose a recorded process is: the folder's that recorded it, not that of a copy of it."""

from __future__ import annotations

from pathlib import Path

__all__ = ["owner_of"]


def owner_of(folder: Path) -> str:
    """Return what tells a folder from every copy of it, and stays when it is moved.

    Empty where there is no folder. A move to another file system is a copy.
    """
    try:
        found = folder.stat()
    except (FileNotFoundError, NotADirectoryError):
        return ""
    return f"{found.st_dev}:{found.st_ino}"
