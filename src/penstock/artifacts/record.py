"""The record of an artifact: which files, what made them, what they were made from."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import PurePosixPath
from typing import Any
from uuid import uuid4

import msgspec

from penstock.artifacts.manifest import File
from penstock.artifacts.masking import mask_urls
from penstock.artifacts.reference import Reference
from penstock.errors import InputError, IntegrityError, did_you_mean

__all__ = ["FORMAT", "PRODUCER_KEYS", "Consumed", "Record", "content_digest", "is_safe_path"]

FORMAT = 1
PRODUCER_KEYS = ("commit", "dirty", "diff_sha256", "run_id", "stage")


class Consumed(msgspec.Struct, frozen=True):
    """An artifact that went into another: ``kind:name@version`` and its digest."""

    reference: str
    digest: str

    def __str__(self) -> str:
        return f"{self.reference} {self.digest}"


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """What the store keeps of a version, as ``artifacts/<kind>/<name>/<version>.json``.

    Attributes
    ----------
    format : of this record; 1.
    kind, name, version : as in the reference.
    digest : ``sha256:<hex>`` over paths, sizes and digests of the files.
    files : sorted by path.
    producer : some of `PRODUCER_KEYS`.
    consumed : what the artifact was made from.
    metadata : the publisher's own, JSON; credentials in URLs are masked.
    created : ISO 8601, UTC.
    id : of the act of publishing; tells two publishers of equal content apart.
    """

    format: int
    kind: str
    name: str
    version: int
    digest: str
    files: tuple[File, ...]
    producer: dict[str, Any]
    consumed: tuple[Consumed, ...]
    metadata: dict[str, Any]
    created: str
    id: str

    @classmethod
    def new(
        cls,
        reference: Reference,
        files: Iterable[File],
        *,
        producer: Mapping[str, Any] | None = None,
        consumed: Iterable[Consumed] = (),
        metadata: Mapping[str, Any] | None = None,
    ) -> Record:
        """Return the record of a version that is about to be published.

        Raises
        ------
        InputError : `producer` has an unknown key.
        """
        ordered = tuple(sorted(files, key=lambda file: file.path))
        return cls(
            format=FORMAT,
            kind=reference.kind,
            name=reference.name,
            version=reference.version or 0,
            digest=content_digest(ordered),
            files=ordered,
            producer=_checked_producer(producer or {}),
            consumed=tuple(consumed),
            metadata=mask_urls(dict(metadata or {})),
            created=datetime.now(UTC).isoformat(),
            id=uuid4().hex,
        )

    @classmethod
    def from_json(cls, content: bytes, expected: Reference, where: str) -> Record:
        """Read a record and check it against itself.

        Raises
        ------
        IntegrityError : it is no record, is of an unknown format, is another artifact's,
            names a path that leaves the folder, or its digest is not that of its files.
        """
        try:
            record = msgspec.json.decode(content, type=cls)
        except msgspec.MsgspecError as error:
            raise IntegrityError(f"is not an artifact's record: {error}", where=where) from None
        _check(record, expected, where)
        return record

    def to_json(self) -> bytes:
        """Return the bytes that the store keeps; InputError where metadata is not JSON."""
        try:
            content = msgspec.json.encode(self)
        except (TypeError, ValueError, OverflowError) as error:
            raise InputError(
                f"cannot be written as JSON: {error}",
                where="metadata",
                hint="give strings, numbers, lists and dictionaries",
            ) from None
        return msgspec.json.format(content, indent=1) + b"\n"

    def to_dict(self) -> dict[str, Any]:
        """Return the record as plain dictionaries and lists."""
        plain: dict[str, Any] = msgspec.to_builtins(self)
        return plain


def content_digest(files: Iterable[File]) -> str:
    """Return ``sha256:<hex>`` over paths, sizes and digests, in the order of the paths."""
    rows = sorted([file.path, file.size, file.sha256] for file in files)
    return f"sha256:{hashlib.sha256(msgspec.json.encode(rows)).hexdigest()}"


def is_safe_path(path: str) -> bool:
    """Whether a file's path is relative, normal and stays inside its folder."""
    pure = PurePosixPath(path)
    plain = pure.as_posix() == path and "\\" not in path and "\0" not in path
    return plain and bool(pure.parts) and not pure.is_absolute() and ".." not in pure.parts


def _checked_producer(producer: Mapping[str, Any]) -> dict[str, Any]:
    for key in producer:
        if key not in PRODUCER_KEYS:
            hint = did_you_mean(key, PRODUCER_KEYS)
            raise InputError(f"unknown key {key!r}", where="producer", hint=hint)
    masked: dict[str, Any] = mask_urls(dict(producer))
    return masked


def _check(record: Record, expected: Reference, where: str) -> None:
    if record.format != FORMAT:
        what = f"format {record.format} is unknown, this Penstock reads {FORMAT}"
        raise IntegrityError(what, where=where, hint="upgrade penstock")
    named = f"{record.kind}:{record.name}@{record.version}"
    if named != str(expected):
        raise IntegrityError(f"is the record of {named}, not of {expected}", where=where)
    _check_files(record.files, where)
    if (found := content_digest(record.files)) != record.digest:
        what = f"its files have digest {found}, the record says {record.digest}"
        raise IntegrityError(what, where=where)


def _check_files(files: Sequence[File], where: str) -> None:
    paths = [file.path for file in files]
    if len(set(paths)) != len(paths):
        raise IntegrityError("a path comes twice", where=where)
    for file in files:
        if not is_safe_path(file.path):
            raise IntegrityError(f"path {file.path!r} leaves the folder", where=where)
        # The digest becomes part of a path too.
        if len(file.sha256) != 64 or set(file.sha256) - set("0123456789abcdef"):
            raise IntegrityError(f"{file.sha256!r} is no SHA-256", where=f"{where}, {file.path}")
