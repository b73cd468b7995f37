"""The artifact store: publish and consume immutable, versioned sets of files."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Protocol

import msgspec

from penstock.artifacts.artifact import Artifact
from penstock.artifacts.cache import Cache
from penstock.artifacts.location import Progress, object_key
from penstock.artifacts.manifest import File
from penstock.artifacts.opening import open_location
from penstock.artifacts.record import Consumed, Record
from penstock.artifacts.reference import LATEST, Reference, check_alias
from penstock.artifacts.source import source_files
from penstock.errors import (
    InputError,
    IntegrityError,
    NotFoundError,
    ReferenceFormatError,
    did_you_mean,
)

__all__ = ["Artifact", "Registry", "Store"]

_RECORD = re.compile(r"([1-9][0-9]*)\.json")
# Below `Store.list` the word means the method.
Artifacts = list[Artifact]
Consumable = str | Reference | Artifact


class Registry(Protocol):
    """What answers for ``model:`` references: `penstock.artifacts.models.ModelRegistry`."""

    def consume(self, reference: str | Reference, cache: Cache) -> Artifact:
        """Return a verified local copy."""
        ...

    def show(self, reference: str | Reference) -> Artifact:
        """Return what is known without fetching the files."""
        ...

    def versions(self, name: str) -> list[int]:
        """Return the versions of a model, ascending; none where it is not."""
        ...


class Store:
    """A store at a folder or in an S3 bucket.

    ``objects/<2>/<sha256>`` holds content, ``artifacts/<kind>/<name>/<version>.json`` records,
    ``artifacts/<kind>/<name>/aliases/<alias>.json`` aliases.

    Parameters
    ----------
    url : a path, ``file:///path`` or ``s3://bucket/prefix``.
    cache : folder of local copies; default ``$PENSTOCK_CACHE`` or ``~/.cache/penstock``.
    storage_options : of `s3fs.S3FileSystem`, such as ``{"endpoint_url": ...}``.
    registry : answers for ``model:`` references; without it they are not found.

    Raises
    ------
    InputError : the protocol is not supported, or s3fs is not installed.
    """

    def __init__(
        self,
        url: str | Path,
        cache: Path | None = None,
        storage_options: Mapping[str, Any] | None = None,
        registry: Registry | None = None,
    ) -> None:
        self.location = open_location(str(url), storage_options)
        self.cache = Cache(cache)
        self.registry = registry

    @property
    def url(self) -> str:
        """Where the store is, with credentials masked."""
        return self.location.url

    def __repr__(self) -> str:
        return f"Store({self.url!r})"

    def publish(
        self,
        path: Path,
        reference: str | Reference,
        *,
        producer: Mapping[str, Any] | None = None,
        consumed: Iterable[Consumable] = (),
        metadata: Mapping[str, Any] | None = None,
        aliases: Sequence[str] = (),
        progress: Progress | None = None,
    ) -> Artifact:
        """Put a file or folder into the store as the next version of ``kind:name``.

        The version is the last thing written: a publish that dies leaves none. Publishing what
        the latest version holds, made from the same artifacts, returns that version.

        Parameters
        ----------
        path : a file, or a folder with at least one file.
        reference : ``kind:name``; the store gives the version.
        producer : some of commit, dirty, diff_sha256, run_id, stage.
        consumed : references of what this was made from; recorded with digests.
        metadata : anything that is JSON. A version that exists keeps its own.
        aliases : set on the version.
        progress : called with numbers of bytes as they move.

        Raises
        ------
        ReferenceFormatError, NotFoundError, DataError : of the arguments; before any write.
        MachineError : the store cannot be written.
        """
        target = _publishable(reference)
        for alias in aliases:
            check_alias(alias)
        sources = source_files(Path(path), litter=target.kind != "dataset")
        made_from = tuple(self._consumed(item) for item in consumed)
        draft = Record.new(target, (), producer=producer, consumed=made_from, metadata=metadata)
        draft.to_json()  # Metadata that is not JSON is found before bytes move.
        files = [File(name, *self.location.put(item, progress)) for name, item in sources]
        record = Record.new(target, files, producer=producer, consumed=made_from, metadata=metadata)
        artifact = self._take_version(target, record)
        for alias in aliases:
            self.set_alias(artifact.reference, alias)
        return artifact

    def consume(
        self,
        reference: str | Reference,
        destination: Path | None = None,
        progress: Progress | None = None,
        *,
        digest: str | None = None,
    ) -> Artifact:
        """Return an artifact with a verified, read-only local copy in ``.path``, a folder.

        Parameters
        ----------
        reference : ``kind:name``, ``kind:name@version`` or ``kind:name@alias``.
        destination : a new or empty folder to copy to; default, the copy in the cache.
        progress : called with numbers of bytes as they are fetched.
        digest : what was recorded beside the reference; default, whatever the store holds.

        Raises
        ------
        NotFoundError : no such artifact, version or alias.
        IntegrityError : the store's bytes are not what the record says, or its artifact is
            not the one of `digest`.
        MachineError : the store cannot be read, or the copy not written.
        """
        parsed = Reference.parse(reference)
        if parsed.kind == "model":
            artifact = self._registry(parsed).consume(parsed, self.cache)
            self._require_digest(artifact, digest)
        else:
            artifact = self._fetched(self.show(parsed, digest=digest), progress)
        if destination is None:
            return artifact
        copied = self.cache.copy(artifact.path, artifact.files, Path(destination))
        return replace(artifact, folder=copied)

    def show(self, reference: str | Reference, *, digest: str | None = None) -> Artifact:
        """Return an artifact's record without its files; `digest` and errors as in `consume`."""
        artifact = self._shown(Reference.parse(reference))
        self._require_digest(artifact, digest)
        return artifact

    def resolve(self, reference: str | Reference) -> Reference:
        """Return the reference with a version in place of an alias."""
        parsed = Reference.parse(reference)
        if parsed.kind == "model":
            return self._registry(parsed).show(parsed).reference
        if parsed.version is not None:
            return parsed
        versions = self.versions(parsed.kind, parsed.name)
        if not versions:
            raise self._no_artifact(parsed)
        if parsed.alias == LATEST:
            return parsed.at(versions[-1])
        return self._resolve_alias(parsed)

    def exists(self, reference: str | Reference) -> bool:
        """Whether the reference resolves to a version that is there."""
        try:
            self.show(reference)
        except NotFoundError:
            return False
        return True

    def versions(self, kind: str, name: str) -> list[int]:
        """Return the versions of an artifact, ascending; none where it is not."""
        parsed = Reference(kind, name)
        if kind == "model":
            return self._registry(parsed).versions(name)
        names = self.location.names(_folder(parsed))
        return sorted(int(match[1]) for match in map(_RECORD.fullmatch, names) if match)

    def list(self, kind: str | None = None, name: str | None = None) -> list[Artifact]:
        """Return every version of every artifact, or those of a kind or name, in order.

        Models are not among them: MLflow's registry lists those.
        """
        if kind is not None:
            Reference(kind, name or "any")
        found: Artifacts = []
        for each_kind in [kind] if kind else self._names("artifacts"):
            for each in self._names(f"artifacts/{each_kind}"):
                if name in (None, each):
                    found += self._versions_of(Reference(each_kind, each))
        return found

    def aliases(self, kind: str, name: str) -> dict[str, int]:
        """Return the aliases that are set, by name; ``latest`` is built in and not among them."""
        base = Reference(kind, name)
        names = self.location.names(f"{_folder(base)}/aliases")
        found = [Reference(kind, name, alias=item.removesuffix(".json")) for item in names]
        return {str(item.alias): self._resolve_alias(item).version or 0 for item in found}

    def set_alias(self, reference: str | Reference, alias: str) -> None:
        """Let an alias stand on a version, wherever it stood before.

        Raises
        ------
        ReferenceFormatError : the alias is malformed or built in.
        NotFoundError : there is no such version.
        """
        check_alias(alias)
        exact = self.show(reference).reference
        if exact.kind == "model":
            hint = "set it with MLflow: `penstock deploy` moves staging and production"
            raise InputError("a model's aliases are the registry's", where=str(exact), hint=hint)
        content = json.dumps({"format": 1, "version": exact.version}).encode() + b"\n"
        self.location.replace(_alias_key(exact, alias), content)

    def _shown(self, parsed: Reference) -> Artifact:
        if parsed.kind == "model":
            return self._registry(parsed).show(parsed)
        exact = self.resolve(parsed)
        try:
            return self._read(exact)
        except FileNotFoundError:
            raise self._no_version(exact) from None

    def _require_digest(self, found: Artifact, recorded: str | None) -> None:
        """Raise IntegrityError where a recorded digest is another than the one found."""
        if recorded is None or recorded == found.digest:
            return
        raise IntegrityError(
            f"has digest {found.digest} in {self._place(found.reference)}, where {recorded} "
            "was recorded",
            where=str(found.reference),
            hint=self._way_to(found.reference, recorded),
        )

    def _place(self, reference: Reference) -> str:
        return getattr(self.registry, "url", self.url) if reference.kind == "model" else self.url

    def _way_to(self, other: Reference, recorded: str) -> str:
        """Say how to get at what was recorded, where another artifact has its reference."""
        if other.kind == "model":
            return "another registry, or a version made anew, holds another model of that name"
        same = [a.reference for a in self._versions_of(other) if a.digest == recorded]
        if same:
            return f"here {same[-1]} is what was recorded; publish it to the store it came from"
        return "open the store that it was recorded from (`store` in penstock.yaml), or train anew"

    def _take_version(self, target: Reference, record: Record) -> Artifact:
        """Write the record under the next free number; another publisher may take it first."""
        while True:
            versions = self.versions(target.kind, target.name)
            if versions:
                latest = self._read(target.at(versions[-1]))
                if _is_same(latest.record, record):
                    return latest
            exact = target.at(versions[-1] + 1 if versions else 1)
            numbered = _numbered(record, exact)
            if self.location.create(_record_key(exact), numbered.to_json()):
                return self._artifact(exact, numbered, created_now=True)

    def _fetched(self, artifact: Artifact, progress: Progress | None) -> Artifact:
        def fetch(file: File) -> Iterator[bytes]:
            key = object_key(file.sha256)
            try:
                yield from self.location.chunks(key)
            except FileNotFoundError:
                raise IntegrityError(
                    f"'{file.path}' is missing from the store: there is no {key}",
                    where=str(artifact.reference),
                    hint="publish the same files again to mend it",
                ) from None

        folder = self.cache.tree(artifact.digest, artifact.files, fetch, progress)
        return replace(artifact, folder=folder)

    def _consumed(self, item: Consumable) -> Consumed:
        artifact = item if isinstance(item, Artifact) else self.show(item)
        return Consumed(str(artifact.reference), artifact.digest)

    def _read(self, exact: Reference) -> Artifact:
        key = _record_key(exact)
        record = Record.from_json(self.location.read(key), exact, where=f"{self.url}/{key}")
        return self._artifact(exact, record)

    def _artifact(self, exact: Reference, record: Record, created_now: bool = False) -> Artifact:
        source = f"{self.url}/{_record_key(exact)}"
        return Artifact(exact, record.digest, record, source, created_now)

    def _resolve_alias(self, parsed: Reference) -> Reference:
        key = _alias_key(parsed, str(parsed.alias))
        try:
            content = self.location.read(key)
        except FileNotFoundError:
            raise self._no_alias(parsed) from None
        try:
            return parsed.at(int(json.loads(content)["version"]))
        except (ValueError, KeyError, TypeError):
            raise IntegrityError("is not an alias", where=f"{self.url}/{key}") from None

    def _versions_of(self, base: Reference) -> Sequence[Artifact]:
        return [self._read(base.at(n)) for n in self.versions(base.kind, base.name)]

    def _names(self, key: str) -> Sequence[str]:
        return self.location.names(key)

    def _registry(self, reference: Reference) -> Registry:
        if self.registry is None:
            raise NotFoundError(
                "models are in MLflow's registry, and this store was given none",
                where=str(reference),
                hint="open the store with registry=ModelRegistry(tracking_uri)",
            )
        return self.registry

    def _no_artifact(self, parsed: Reference) -> NotFoundError:
        known = self._names(f"artifacts/{parsed.kind}")
        what = f"there is no {parsed.kind} '{parsed.name}' in {self.url}"
        return NotFoundError(what, where=str(parsed), hint=did_you_mean(parsed.name, known))

    def _no_version(self, exact: Reference) -> NotFoundError:
        versions = self.versions(exact.kind, exact.name)
        if not versions:
            return self._no_artifact(exact)
        shown = ", ".join(map(str, versions[-10:]))
        what = f"there is no version {exact.version} of {exact.base}"
        return NotFoundError(what, where=str(exact), hint=f"there are: {shown}")

    def _no_alias(self, parsed: Reference) -> NotFoundError:
        names = self.location.names(f"{_folder(parsed)}/aliases")
        known = [LATEST, *(name.removesuffix(".json") for name in names)]
        what = f"{parsed.base} has no alias '{parsed.alias}'"
        hint = did_you_mean(str(parsed.alias), known)
        return NotFoundError(what, where=str(parsed), hint=hint)


def _publishable(reference: str | Reference) -> Reference:
    parsed = Reference.parse(reference)
    if parsed.kind == "model":
        raise InputError(
            "models are registered, not published", where=str(parsed), hint="run `penstock train`"
        )
    if parsed.alias != LATEST:
        raise ReferenceFormatError(
            f"'@{parsed.selector}' cannot be chosen: the store gives the next version",
            where=str(parsed),
            hint=f"publish to {parsed.base}",
        )
    return parsed


def _numbered(record: Record, exact: Reference) -> Record:
    return msgspec.structs.replace(record, version=exact.version or 0)


def _is_same(one: Record, other: Record) -> bool:
    return one.digest == other.digest and one.consumed == other.consumed


def _folder(reference: Reference) -> str:
    return f"artifacts/{reference.kind}/{reference.name}"


def _record_key(exact: Reference) -> str:
    return f"{_folder(exact)}/{exact.version}.json"


def _alias_key(reference: Reference, alias: str) -> str:
    return f"{_folder(reference)}/aliases/{alias}.json"
