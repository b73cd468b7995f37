"""A store in a folder."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from penstock.artifacts.atomic import sweep, sync_folder, synced
from penstock.artifacts.location import Progress, copy_hashed, file_chunks, object_key
from penstock.artifacts.source import source_chunks
from penstock.errors import MachineError

__all__ = ["LocalLocation"]

TEMPORARY = "tmp"


class LocalLocation:
    """A folder. It is made by the first write.

    Every file is written under ``tmp/``, brought to the disk and then moved or linked to its
    name: a name that exists has all its bytes, whatever happened to whoever wrote it.
    """

    def __init__(self, root: Path) -> None:
        self.root = root.absolute()
        self.url = str(self.root)

    def put(self, source: Path, progress: Progress | None = None) -> tuple[int, str]:
        """Copy and hash in one pass, then rename: also mends a damaged object of this digest."""
        with self._writing(), self._temporary() as (file, scratch):
            size, digest = copy_hashed(source_chunks(source), file, progress)
            synced(file, 0o444)
            target = self._folder_for(object_key(digest))
            scratch.replace(target)
            sync_folder(target.parent)
        return size, digest

    def chunks(self, key: str) -> Iterator[bytes]:
        """See `Location.chunks`."""
        return file_chunks(self.root / key)

    def read(self, key: str) -> bytes:
        """See `Location.read`."""
        with self._reading():
            return (self.root / key).read_bytes()

    def create(self, key: str, content: bytes) -> bool:
        """See `Location.create`."""
        with self._writing(), self._temporary() as (file, scratch):
            file.write(content)
            synced(file, 0o444)
            target = self._folder_for(key)
            try:
                # A link, not a rename: it fails where the name is taken.
                os.link(scratch, target)
            except FileExistsError:
                return False
            sync_folder(target.parent)
        return True

    def replace(self, key: str, content: bytes) -> None:
        """See `Location.replace`."""
        with self._writing(), self._temporary() as (file, scratch):
            file.write(content)
            synced(file, 0o644)
            target = self._folder_for(key)
            scratch.replace(target)
            sync_folder(target.parent)

    def names(self, key: str) -> list[str]:
        """See `Location.names`."""
        with self._reading():
            try:
                return sorted(item.name for item in (self.root / key).iterdir())
            except (FileNotFoundError, NotADirectoryError):
                return []

    def _folder_for(self, key: str) -> Path:
        target = self.root / key
        if not target.parent.is_dir():
            target.parent.mkdir(parents=True, exist_ok=True)
            # A new folder's own name must be on the disk before a file in it counts.
            for folder in target.parent.relative_to(self.root).parents:
                sync_folder(self.root / folder)
        return target

    @contextmanager
    def _temporary(self) -> Iterator[tuple[BinaryIO, Path]]:
        folder = self.root / TEMPORARY
        folder.mkdir(parents=True, exist_ok=True)
        sweep(folder)
        handle, name = tempfile.mkstemp(dir=folder)
        try:
            with os.fdopen(handle, "wb") as file:
                yield file, Path(name)
        finally:
            Path(name).unlink(missing_ok=True)

    @contextmanager
    def _reading(self) -> Iterator[None]:
        try:
            yield
        except FileNotFoundError:
            raise
        except OSError as error:
            raise MachineError(
                f"the store cannot be read: {error.strerror}",
                where=self.url,
                hint="check the folder's owner and permissions",
            ) from error

    @contextmanager
    def _writing(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise MachineError(
                f"the store cannot be written: {error.strerror}",
                where=str(error.filename or self.url),
                hint="check that the folder is a folder, is yours and has room",
            ) from error
