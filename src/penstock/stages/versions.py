"""Model versions in MLflow's registry, as the stages use them."""

from __future__ import annotations

import io
from contextlib import redirect_stderr
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from penstock.artifacts.translation import Missing, mlflow_errors
from penstock.errors import NotFoundError
from penstock.locks import locked
from penstock.stages.project import Project

if TYPE_CHECKING:
    from mlflow.entities.model_registry import ModelVersion

__all__ = [
    "REPORT_DIGEST_TAG",
    "REPORT_TAG",
    "Version",
    "aliased",
    "find_by_digest",
    "latest",
    "register",
]

# On a trained version: the report of its last test.
REPORT_TAG = "penstock.report"
REPORT_DIGEST_TAG = "penstock.report_digest"


@dataclass(frozen=True, slots=True)
class Version:
    """One version of a registered model; `digest` is `sha256:<hex>` of its manifest."""

    name: str
    version: str
    digest: str
    run_id: str | None
    tags: dict[str, str]

    @property
    def reference(self) -> str:
        """`model:<name>@<version>`."""
        return f"model:{self.name}@{self.version}"

    def parent(self) -> dict[str, str]:
        """Return how a child names this version in its provenance."""
        form = self.tags.get("penstock.form", "trained")
        return {"form": form, "name": self.name, "version": self.version, "digest": self.digest}


def latest(project: Project, name: str, hint: str) -> Version:
    """Return the newest version; NotFoundError with `hint` if there is none."""
    found = _search(project, f"name = '{name}'")
    if not found:
        raise NotFoundError(f"there is no version of model '{name}'", hint=hint)
    return _version(found[0])


def get(project: Project, name: str, version: str, hint: str) -> Version:
    """Return a version by its number, or the newest for ``latest``."""
    if version == "latest":
        return latest(project, name, hint)
    missing = NotFoundError(f"there is no version {version} of model '{name}'", hint=hint)
    if not version.isdigit():
        raise missing
    client = project.client
    try:
        with mlflow_errors(project.registry.url):
            return _version(client.get_model_version(name, version))
    except Missing:
        raise missing from None


def aliased(project: Project, name: str, alias: str) -> Version | None:
    """Return the version an alias stands on, or None where MLflow has no such alias or model.

    Raises
    ------
    MachineError : MLflow refused to say, or did not answer.
    """
    client = project.client
    try:
        with mlflow_errors(project.registry.url):
            return _version(client.get_model_version_by_alias(name, alias))
    except Missing:
        return None


def find_by_digest(project: Project, name: str, digest: str) -> Version | None:
    """Return the first version with this content, or None: the same content is one version."""
    found = _with_digest(project, name, digest)
    return found[0] if found else None


def register(
    project: Project, folder: Path, name: str, tags: dict[str, str], digest: str
) -> tuple[Version, bool]:
    """Register a model directory as a new version, unless one with its content exists.

    Called inside the run of a stage. Of two processes of one project that register the same
    content at once, the second waits for the first. Two machines share no lock: each registers,
    looks again, and takes its own version back where the other's came first.

    Returns
    -------
    The version, and whether this call made it.
    """
    with locked(project.state / "locks" / f"register-{name}.lock"):
        known = find_by_digest(project, name, digest)
        if known:
            return known, False
        number = _log(folder, name, {**tags, "penstock.digest": digest})
    first = _with_digest(project, name, digest)[0]
    if first.version != number:
        with mlflow_errors(project.registry.url):
            project.client.delete_model_version(name, number)
    return first, first.version == number


def _log(folder: Path, name: str, tags: dict[str, str]) -> str:
    """Log and register a model directory; the tags are there as soon as the version is."""
    from penstock import flavor

    # MLflow prints to stderr that it registered; the command says so itself.
    with redirect_stderr(io.StringIO()):
        info = flavor.log_directory(folder, registered_model_name=name, tags=tags)
    return str(info.registered_model_version)


def _with_digest(project: Project, name: str, digest: str) -> list[Version]:
    """Return the versions with this content, the oldest first."""
    wanted = f"name = '{name}' and tag.`penstock.digest` = '{digest}'"
    with mlflow_errors(project.registry.url):
        found = project.client.search_model_versions(wanted)
    return sorted((_version(item) for item in found), key=lambda item: int(item.version))


def _search(project: Project, wanted: str) -> list[ModelVersion]:
    """Return the newest version that `wanted` matches, if there is one."""
    client = project.client
    with mlflow_errors(project.registry.url):
        return list(
            client.search_model_versions(wanted, order_by=["version_number DESC"], max_results=1)
        )


def _version(found: ModelVersion) -> Version:
    tags = dict(found.tags or {})
    return Version(
        found.name, str(found.version), tags.get("penstock.digest", ""), found.run_id, tags
    )
