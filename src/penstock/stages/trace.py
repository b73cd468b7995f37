"""From an answer in production back to what made it."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from penstock.artifacts.reference import LATEST, Reference
from penstock.deployment.aws import Aws
from penstock.errors import IntegrityError, NotFoundError, did_you_mean
from penstock.provenance.record import Provenance
from penstock.stages.cloud import connector
from penstock.stages.project import Project
from penstock.stages.versions import Version, aliased, get

__all__ = ["Trace", "endpoint_target", "endpoint_targets", "trace"]


@dataclass(frozen=True, slots=True)
class Trace:
    """The chain behind a model; `regions` are those that serve it."""

    endpoint: str | None
    regions: list[str]
    version: Version
    provenance: Provenance
    wheels: list[str]
    report: dict[str, Any] | None


def endpoint_targets(project: Project) -> dict[str, str]:
    """Return the project's endpoints and their targets."""
    return {project.deploy(name).endpoint: name for name in project.targets()}


def endpoint_target(project: Project, endpoint: str) -> str:
    """Return the target of an endpoint; NotFoundError with did-you-mean."""
    known = endpoint_targets(project)
    if endpoint not in known:
        raise NotFoundError(
            f"no deployment file names an endpoint '{endpoint}'",
            where="deploy/",
            hint=did_you_mean(endpoint, known),
        )
    return known[endpoint]


def trace(project: Project, name: str, tell: Callable[[str], None] = lambda text: None) -> Trace:
    """Trace an endpoint or a `model:` reference; `tell` as in `connector`.

    Raises
    ------
    NotFoundError : there is no such endpoint or model version.
    IntegrityError : the model's bytes are not what was registered, or the store or the registry
        holds something else under a reference that was recorded.
    """
    if name.startswith("model:"):
        return _trace(project, _version(project, Reference.parse(name)), None, [])
    target = endpoint_target(project, name)
    connect = connector(project, target, tell)
    regions = project.deploy(target).regions
    live = {region: _live(connect(region), name) for region in regions}
    number, digest = first = live[regions[0]]
    version = get(project, project.config.name, number, hint="the registry has lost it")
    _check_live(version, digest, name)
    serving = [region for region, found in live.items() if found == first]
    return _trace(project, version, name, serving)


def _live(facade: Aws, endpoint: str) -> tuple[str, str | None]:
    """Return version and digest of the model that an endpoint serves."""
    environment = facade.live_model(endpoint)["PrimaryContainer"].get("Environment", {})
    return environment.get("PENSTOCK_MODEL_VERSION", "unknown"), environment.get(
        "PENSTOCK_MODEL_DIGEST"
    )


def _check_live(version: Version, served: str | None, endpoint: str) -> None:
    if served is not None and served != version.digest:
        raise IntegrityError(
            f"serves {served}, and {version.reference} of this registry is {version.digest}",
            where=endpoint,
            hint="set MLFLOW_TRACKING_URI to the registry that it was deployed from",
        )


def _version(project: Project, reference: Reference) -> Version:
    if reference.alias in (None, LATEST):
        number = str(reference.version or LATEST)
        return get(project, reference.name, number, hint="see MLflow's registry")
    found = aliased(project, reference.name, reference.alias)
    if found is None:
        raise NotFoundError(f"no version of '{reference.name}' has the alias '{reference.alias}'")
    return found


def _trace(project: Project, version: Version, endpoint: str | None, regions: list[str]) -> Trace:
    folder = project.store.consume(version.reference).path
    record = Provenance.read(folder)
    _check_dataset(project, record)
    wheels = sorted(path.name for path in folder.glob("wheels/*.whl"))
    return Trace(endpoint, regions, version, record, wheels, _report(project, record))


def _report(project: Project, record: Provenance) -> dict[str, Any] | None:
    tested = [parent for parent in record.parents if "report" in parent]
    if not tested:
        return None
    reference, digest = tested[-1]["report"], tested[-1].get("report_digest")
    folder = project.store.consume(reference, digest=digest).path
    figures: dict[str, Any] = json.loads((folder / "report.json").read_text(encoding="utf-8"))
    return {"reference": reference, **figures}


def _check_dataset(project: Project, record: Provenance) -> None:
    """Raise IntegrityError where this project's store has another data set of that name."""
    # One that was published to another store is named all the same.
    with suppress(NotFoundError):
        project.store.show(record.dataset["reference"], digest=record.dataset["digest"])
