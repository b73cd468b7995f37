"""What a publisher hands in: a file or a folder, checked before a byte moves."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator
from pathlib import Path

from penstock.artifacts.location import file_chunks
from penstock.artifacts.record import is_safe_path
from penstock.errors import DataError, NotFoundError, Problem

__all__ = ["source_chunks", "source_files"]


LITTER = re.compile(r"\.DS_Store|\._.*|Thumbs\.db|desktop\.ini|~\$.*|\.~lock\..*#", re.IGNORECASE)
"""Names of files that desktops and office programs leave beside those that they show."""


def source_files(path: Path, *, litter: bool = True) -> list[tuple[str, Path]]:
    """Return the files to publish: path inside the artifact, path on this machine.

    A file is published under its own name. Folders are walked; empty ones are left out, and
    without `litter` what desktops and office programs leave in them.

    Raises
    ------
    NotFoundError : there is nothing at `path`.
    DataError : with every problem found: symbolic links, special files, names that another
        system could not hold; or there is no file at all.
    """
    if not os.path.lexists(path):
        raise NotFoundError("there is nothing to publish", where=str(path))
    root = path if path.is_dir() and not path.is_symlink() else path.parent
    kept = (item for item in _walk(path) if litter or not LITTER.fullmatch(item.name))
    found = sorted(kept, key=lambda item: item.relative_to(root).as_posix())
    problems = [problem for item in found for problem in _problems(item, root)]
    if problems:
        raise DataError(problems=problems)
    if not found:
        raise DataError("holds no files", where=str(path), hint="name a file or a folder of files")
    return [(item.relative_to(root).as_posix(), item) for item in found]


def source_chunks(path: Path) -> Iterator[bytes]:
    """Yield a file's content; DataError if it is gone since it was listed."""
    try:
        yield from file_chunks(path)
    except FileNotFoundError:
        raise DataError("vanished while it was published", where=str(path)) from None


def _walk(path: Path) -> Iterator[Path]:
    """Yield everything that is no folder; links to folders among them, unfollowed."""
    if path.is_symlink() or not path.is_dir():
        yield path
        return
    with os.scandir(path) as entries:
        names = [entry.name for entry in entries]
    for name in names:
        yield from _walk(path / name)


def _problems(path: Path, root: Path) -> Iterator[Problem]:
    mode = path.lstat().st_mode
    if stat.S_ISLNK(mode):
        yield Problem("is a symbolic link", str(path), "publish the file that it points to")
    elif not stat.S_ISREG(mode):
        yield Problem("is a special file", str(path), "publish regular files only")
    name = path.relative_to(root).as_posix()
    if not is_safe_path(name) or not _is_text(name):
        yield Problem(f"name {name!r} is not portable", str(root), "rename it")


def _is_text(name: str) -> bool:
    """Whether the name is UTF-8: a record in JSON could not hold another."""
    try:
        name.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return name.isprintable()
