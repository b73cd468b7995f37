"""Models in MLflow's registry, consumed like any other artifact."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from penstock.artifacts import manifest
from penstock.artifacts.artifact import Artifact
from penstock.artifacts.atomic import write_whole
from penstock.artifacts.cache import Cache
from penstock.artifacts.manifest import File, sha256_file
from penstock.artifacts.masking import mask_url
from penstock.artifacts.record import FORMAT, Consumed, Record
from penstock.artifacts.reference import LATEST, Reference
from penstock.artifacts.source import source_files
from penstock.artifacts.tracking import open_client
from penstock.artifacts.translation import Missing, mlflow_errors
from penstock.errors import IntegrityError, NotFoundError, ReferenceFormatError, did_you_mean

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities.model_registry import ModelVersion

__all__ = ["DIGEST_TAG", "PARENT_TAG", "ModelRegistry"]

DIGEST_TAG = "penstock.digest"
PARENT_TAG = "penstock.parent"
PARENT_DIGEST_TAG = "penstock.parent_digest"


class ModelRegistry:
    """Resolves ``model:name@version`` and ``model:name@alias`` in MLflow's registry.

    A version's tag ``penstock.digest`` says what its ``manifest.json`` must be, and the
    manifest says what every file must be.

    Parameters
    ----------
    tracking_uri : of the MLflow server or database.
    registry_uri : where it is another; default, `tracking_uri`.
    """

    def __init__(self, tracking_uri: str, registry_uri: str | None = None) -> None:
        self._tracking_uri = tracking_uri
        self._registry_uri = registry_uri or tracking_uri
        self._client: MlflowClient | None = None

    def __repr__(self) -> str:
        return f"ModelRegistry({self.url!r})"

    @property
    def url(self) -> str:
        """Where the registry is, with credentials masked."""
        return mask_url(self._registry_uri)

    @property
    def client(self) -> MlflowClient:
        """MLflow's own client; made at the first use, for importing MLflow takes seconds."""
        if self._client is None:
            self._client = open_client(self._tracking_uri, self._registry_uri)
        return self._client

    def consume(self, reference: str | Reference, cache: Cache | Path | None = None) -> Artifact:
        """Return a model with a verified, read-only copy in ``.path``.

        Parameters
        ----------
        reference : ``model:name@version`` or ``@alias``; ``latest`` is the newest version.
        cache : default, the user's cache.

        Raises
        ------
        NotFoundError : no such model, version or alias, or it has no ``manifest.json``.
        IntegrityError : the bytes are not what the manifest or the version's tag says.
        MachineError : the registry does not answer.
        """
        cache = cache if isinstance(cache, Cache) else Cache(cache)
        version = self._version(Reference.parse(reference))
        digest = _require_tag(version)
        known = _Known(cache, f"{self._registry_uri}\n{version.name}\n{version.version}")
        folder = known.folder(digest) or self._download(version, cache, known)
        return replace(self._artifact(version, _survey(folder)), folder=folder)

    def show(self, reference: str | Reference) -> Artifact:
        """Return a model's digest and producer; its files are not known before `consume`."""
        return self._artifact(self._version(Reference.parse(reference)), [])

    def versions(self, name: str) -> list[int]:
        """Return the versions of a model, ascending; none where it is not."""
        with_name = self._ask(self.client.search_model_versions, f"name = '{name}'")
        return sorted(int(version.version) for version in with_name)

    def _version(self, reference: Reference) -> ModelVersion:
        try:
            return self._lookup(reference)
        except Missing:
            self._not_found(reference)

    def _lookup(self, reference: Reference) -> ModelVersion:
        method: Any = self.client.get_model_version
        selector = reference.selector
        if reference.alias == LATEST:
            versions = self.versions(reference.name)
            if not versions:
                raise Missing(where=str(reference))
            selector = str(versions[-1])
        elif reference.alias is not None:
            method = self.client.get_model_version_by_alias
        found: ModelVersion = self._ask(method, reference.name, selector)
        return found

    def _artifact(self, version: ModelVersion, files: list[File]) -> Artifact:
        reference = Reference("model", version.name, version=int(version.version))
        record = _record(version, files, self._parents(version))
        return Artifact(reference, record.digest, record, f"{self.url}#{reference}")

    def _parents(self, version: ModelVersion) -> list[Consumed]:
        named, recorded = version.tags.get(PARENT_TAG), version.tags.get(PARENT_DIGEST_TAG)
        if not named:
            return []
        if recorded:
            return [Consumed(named, recorded)]
        try:
            parent = self._lookup(Reference.parse(named))
        except (Missing, ReferenceFormatError):
            # It was deleted, or the tag is another tool's: its name is all that is known.
            return [Consumed(named, "")]
        return [Consumed(named, _tagged(parent) or "")]

    def _ask(self, method: Any, *arguments: str, **named: str) -> Any:
        with mlflow_errors(self.url):
            return method(*arguments, **named)

    def _download(self, version: ModelVersion, cache: Cache, known: _Known) -> Path:
        """Fetch, verify, and only then let the cache have it."""
        with cache.writing(), cache.temporary() as scratch:
            found = self._fetch(version, scratch)
            manifest.verify(found)
            _require_digest(version, manifest.digest(found))
            return known.keep(found)

    def _fetch(self, version: ModelVersion, scratch: Path) -> Path:
        from mlflow.artifacts import download_artifacts

        # The address, not models:/name/version: that resolves in the process's registry.
        address = self._ask(
            self.client.get_model_version_download_uri, version.name, str(version.version)
        )
        return Path(
            self._ask(
                download_artifacts,
                artifact_uri=address,
                dst_path=str(scratch),
                tracking_uri=self._tracking_uri,
            )
        )

    def _not_found(self, reference: Reference) -> NoReturn:
        versions = self.versions(reference.name)
        if not versions:
            names = [m.name for m in self._ask(self.client.search_registered_models)]
            what = f"there is no model '{reference.name}' in {self.url}"
            hint = did_you_mean(reference.name, names)
        elif reference.version is not None:
            what = f"there is no version {reference.version} of model:{reference.name}"
            hint = f"there are: {', '.join(map(str, versions[-10:]))}"
        else:
            model = self._ask(self.client.get_registered_model, reference.name)
            what = f"model:{reference.name} has no alias '{reference.alias}'"
            hint = did_you_mean(str(reference.alias), [LATEST, *model.aliases])
        raise NotFoundError(what, where=str(reference), hint=hint)


class _Known:
    """What the cache remembers of a version: which files its folder must have."""

    def __init__(self, cache: Cache, key: str) -> None:
        self._cache = cache
        self._index = cache.root / "models" / f"{hashlib.sha256(key.encode()).hexdigest()}.json"

    def folder(self, digest: str) -> Path | None:
        """Return the folder if every file in it is intact and its manifest is `digest`."""
        files = self._files()
        if not files:
            return None
        folder = self._cache.intact_tree(files)
        if folder is None or manifest.digest(folder) != digest:
            return None
        return folder

    def keep(self, folder: Path) -> Path:
        """Put a verified folder into the cache and return where it is now."""
        files = _survey(folder)
        kept = self._cache.adopt(folder, files)
        self._index.parent.mkdir(parents=True, exist_ok=True)
        rows = [[file.path, file.size, file.sha256] for file in files]
        write_whole(self._index, json.dumps(rows).encode())
        return kept

    def _files(self) -> list[File]:
        try:
            return [File(*row) for row in json.loads(self._index.read_text("utf-8"))]
        except (OSError, ValueError, TypeError):
            return []


def _survey(folder: Path) -> list[File]:
    return [
        File(name, path.stat().st_size, sha256_file(path)) for name, path in source_files(folder)
    ]


def _tagged(version: ModelVersion) -> str | None:
    digest: str | None = version.tags.get(DIGEST_TAG)
    return digest


def _require_tag(version: ModelVersion) -> str:
    digest = _tagged(version)
    if not digest:
        where = f"model:{version.name}@{version.version}"
        hint = "register models with `penstock train`, `wrap` or `package`"
        raise IntegrityError(f"has no tag {DIGEST_TAG}", where=where, hint=hint)
    return digest


def _require_digest(version: ModelVersion, found: str) -> None:
    if (tagged := _require_tag(version)) != found:
        what = f"its manifest.json has digest {found}, the version's tag says {tagged}"
        where = f"model:{version.name}@{version.version}"
        raise IntegrityError(what, where=where, hint="do not use it; train and register anew")


def _record(version: ModelVersion, files: list[File], consumed: list[Consumed]) -> Record:
    ours = (DIGEST_TAG, PARENT_TAG, PARENT_DIGEST_TAG)
    tags = {k: v for k, v in version.tags.items() if k not in ours}
    return Record(
        format=FORMAT,
        kind="model",
        name=version.name,
        version=int(version.version),
        digest=_tagged(version) or "",
        files=tuple(files),
        producer={"run_id": version.run_id} if version.run_id else {},
        consumed=tuple(consumed),
        metadata=tags,
        created=datetime.fromtimestamp(version.creation_timestamp / 1000, UTC).isoformat(),
        id=str(version.version),
    )
