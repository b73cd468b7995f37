"""The cache on this machine: content by digest, and whole artifacts linked from it."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from penstock.artifacts.atomic import sweep, synced
from penstock.artifacts.location import Progress, copy_hashed, object_key
from penstock.artifacts.manifest import File, sha256_file
from penstock.artifacts.record import content_digest
from penstock.errors import InputError, IntegrityError, MachineError

__all__ = ["Cache", "Fetch", "default_cache"]

# Others may put the same tree in place, damage it or take it away at the same time.
ATTEMPTS = 10
Fetch = Callable[[File], Iterable[bytes]]
"""Yields a file's content from its origin."""


def default_cache() -> Path:
    """Return ``$PENSTOCK_CACHE``, or ``penstock`` in the user's cache folder."""
    chosen = os.environ.get("PENSTOCK_CACHE")
    home = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    return Path(chosen or Path(home) / "penstock").expanduser().absolute()


class Cache:
    """``objects/<2>/<sha256>`` and, hard links to them, ``trees/<digest>/<path>``.

    Files are read-only. Every use checks every digest: what was damaged is fetched again.
    """

    def __init__(self, root: Path | None = None) -> None:
        self.root = (root or default_cache()).absolute()

    def tree(
        self,
        digest: str,
        files: Sequence[File],
        fetch: Fetch,
        progress: Progress | None = None,
    ) -> Path:
        """Return a folder with exactly `files`, each verified; fetch what is not there.

        Raises
        ------
        IntegrityError : what was fetched is not what its digest says.
        MachineError : the cache cannot be written.
        """
        target = self._tree_path(digest)
        if holds(target, files):
            return target
        with self.writing(), self.temporary() as scratch:
            for file in files:
                self._link(self._object(file, fetch, progress), scratch / file.path)
            self._move_in(scratch, target, files)
        return target

    def copy(self, tree: Path, files: Sequence[File], destination: Path) -> Path:
        """Copy a tree to a new folder, which appears whole or not at all.

        Copies, not links: whoever changes them does not change the cache.

        Raises
        ------
        InputError : `destination` exists and holds something else.
        MachineError : it cannot be written.
        """
        destination = destination.expanduser().absolute()
        if holds(destination, files):
            return destination
        _require_free(destination)
        with self.writing(), _temporary_folder(destination.parent) as scratch:
            for file in files:
                (scratch / file.path).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(tree / file.path, scratch / file.path)
            scratch.rename(destination)
        return destination

    def _tree_path(self, digest: str) -> Path:
        return self.root / "trees" / digest.removeprefix("sha256:")

    def _object(self, file: File, fetch: Fetch, progress: Progress | None) -> Path:
        target = self.root / object_key(file.sha256)
        if not is_intact(target, file):
            target.parent.mkdir(parents=True, exist_ok=True)
            self._download(file, fetch, target, progress)
        return target

    def _download(self, file: File, fetch: Fetch, target: Path, progress: Progress | None) -> None:
        with self.temporary() as folder:
            name = folder / "object"
            with name.open("wb") as scratch:
                found = copy_hashed(fetch(file), scratch, progress)
                _require_intact(file, found)
                synced(scratch, 0o444)
            name.replace(target)

    def _move_in(self, scratch: Path, target: Path, files: Sequence[File]) -> None:
        """Rename over what is there, which is absent, damaged or another's good work."""
        target.parent.mkdir(parents=True, exist_ok=True)
        for _ in range(ATTEMPTS):
            try:
                scratch.rename(target)
                return
            except OSError:
                if holds(target, files):
                    return
                with suppress(FileNotFoundError), self.temporary() as aside:
                    target.rename(aside / "damaged")
        scratch.rename(target)

    def _link(self, source: Path, target: Path) -> None:
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            os.link(source, target)
        except OSError:
            # Some file systems have no links, or too few for one file.
            shutil.copy(source, target)

    def intact_tree(self, files: Sequence[File]) -> Path | None:
        """Return the folder that `adopt` made of `files`, or None if it is not whole."""
        target = self._tree_path(content_digest(files))
        return target if holds(target, files) else None

    def adopt(self, folder: Path, files: Sequence[File]) -> Path:
        """Move a folder on the cache's file system in; its files become read-only."""
        for file in files:
            (folder / file.path).chmod(0o444)
        target = self._tree_path(content_digest(files))
        self._move_in(folder, target, files)
        return target

    @contextmanager
    def temporary(self) -> Iterator[Path]:
        """Make an empty folder on the cache's file system for as long as it is needed."""
        with _temporary_folder(self.root / "tmp") as scratch:
            sweep(scratch.parent)
            yield scratch

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Raise MachineError where the cache cannot be written."""
        try:
            yield
        except OSError as error:
            raise MachineError(
                f"cannot be written: {error.strerror or error}",
                where=str(error.filename or self.root),
                hint="set PENSTOCK_CACHE to a folder of yours with room",
            ) from error


def is_intact(path: Path, file: File) -> bool:
    """Whether a regular file is at `path`, with the size and digest of `file`."""
    if path.is_symlink() or not path.is_file() or path.stat().st_size != file.size:
        return False
    return sha256_file(path) == file.sha256


def holds(folder: Path, files: Sequence[File]) -> bool:
    """Whether `folder` has exactly `files`, intact."""
    if folder.is_symlink() or not folder.is_dir():
        return False
    found = {p.relative_to(folder).as_posix() for p in folder.rglob("*") if not _is_folder(p)}
    return found == {file.path for file in files} and all(
        is_intact(folder / file.path, file) for file in files
    )


@contextmanager
def _temporary_folder(parent: Path) -> Iterator[Path]:
    """Make a folder that may be renamed to something beside it; removed if it is not."""
    parent.mkdir(parents=True, exist_ok=True)
    scratch = Path(tempfile.mkdtemp(dir=parent, prefix=".penstock-"))
    scratch.chmod(0o755)
    try:
        yield scratch
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _is_folder(path: Path) -> bool:
    return path.is_dir() and not path.is_symlink()


def _require_free(destination: Path) -> None:
    if os.path.lexists(destination):
        empty = _is_folder(destination) and not any(destination.iterdir())
        if not empty:
            raise InputError(
                "exists and holds something else",
                where=str(destination),
                hint="name a new or empty folder",
            )


def _require_intact(file: File, found: tuple[int, str]) -> None:
    size, sha256 = found
    if (size, sha256) != (file.size, file.sha256):
        raise IntegrityError(
            f"has {size} bytes with sha256 {sha256}, "
            f"its record says {file.size} bytes with sha256 {file.sha256}",
            where=file.path,
            hint="the store's object is damaged: publish the same files again to mend it",
        )
