"""Where a store's bytes are: a folder or an S3 bucket."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import BinaryIO, Protocol

from penstock.errors import MachineError

__all__ = [
    "CHUNK",
    "Location",
    "Progress",
    "copy_hashed",
    "file_chunks",
    "object_key",
]

CHUNK = 1024 * 1024
Progress = Callable[[int], None]
"""Called with the number of bytes that moved since the last call."""


class Location(Protocol):
    """A place for objects and small files. Keys are relative, with ``/``.

    Every method raises MachineError where the place cannot be reached or written.
    """

    url: str

    def put(self, source: Path, progress: Progress | None = None) -> tuple[int, str]:
        """Store a file's content as an object; return its size and SHA-256."""
        ...

    def chunks(self, key: str) -> Iterator[bytes]:
        """Yield an object's content; FileNotFoundError where there is none."""
        ...

    def read(self, key: str) -> bytes:
        """Return all of a small file; FileNotFoundError where there is none."""
        ...

    def create(self, key: str, content: bytes) -> bool:
        """Write a small file unless there is one; return whether this call wrote it.

        The file appears whole or not at all, and for one of two callers only.
        """
        ...

    def replace(self, key: str, content: bytes) -> None:
        """Write a small file over what is there; readers see the old or the new one."""
        ...

    def names(self, key: str) -> list[str]:
        """Return the names right below `key`, files and folders; none where it is not."""
        ...


def object_key(sha256: str) -> str:
    """Return the key of an object: ``objects/<2>/<sha256>``."""
    return f"objects/{sha256[:2]}/{sha256}"


def copy_hashed(
    source: Iterable[bytes], target: BinaryIO, progress: Progress | None = None
) -> tuple[int, str]:
    """Write chunks to a file and return their size and SHA-256, in one pass."""
    size, digest = 0, hashlib.sha256()
    for chunk in source:
        target.write(chunk)
        digest.update(chunk)
        size += len(chunk)
        if progress:
            progress(len(chunk))
    return size, digest.hexdigest()


def file_chunks(path: Path) -> Iterator[bytes]:
    """Yield a file's content; FileNotFoundError, or MachineError where it cannot be read."""
    try:
        with path.open("rb") as file:
            while chunk := file.read(CHUNK):
                yield chunk
    except FileNotFoundError:
        raise
    except OSError as error:
        what = f"cannot be read: {error.strerror}"
        raise MachineError(what, where=str(path), hint="check owner and permissions") from error
