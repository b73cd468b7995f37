"""An artifact: an immutable set of files with a kind, a name and a version."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from penstock.artifacts.manifest import File
from penstock.artifacts.record import Record
from penstock.artifacts.reference import Reference
from penstock.errors import NotFoundError

__all__ = ["Artifact"]


@dataclass(frozen=True, slots=True)
class Artifact:
    """What the store and the registry return.

    Attributes
    ----------
    reference : always with a version, never an alias.
    digest : ``sha256:<hex>``. For a model, of its ``manifest.json``; else of its files.
    record : what the store keeps of it.
    source : where the record is: an address, with credentials masked.
    created_now : whether this call to `Store.publish` made the version.
    folder : where `Store.consume` put the files, else None.
    """

    reference: Reference
    digest: str
    record: Record
    source: str = ""
    created_now: bool = False
    folder: Path | None = None

    @property
    def files(self) -> tuple[File, ...]:
        """Path, size and SHA-256 of each file, sorted by path."""
        return self.record.files

    @property
    def metadata(self) -> Mapping[str, Any]:
        """What the publisher said about it."""
        return self.record.metadata

    @property
    def size(self) -> int:
        """Bytes in all files together."""
        return sum(file.size for file in self.files)

    @property
    def path(self) -> Path:
        """The folder with the files; NotFoundError before the artifact is consumed."""
        if self.folder is None:
            raise NotFoundError(
                "is not on this machine",
                where=str(self.reference),
                hint=f"consume it: `penstock consume {self.reference}`",
            )
        return self.folder
