"""wrap: the same classifier bytes inside the filters of a deployment file."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from penstock import flavor
from penstock.artifacts.manifest import classifier_digest, digest
from penstock.config import DeployConfig
from penstock.engines.loading import engine_name, engine_needs
from penstock.errors import IntegrityError
from penstock.filters import Pipeline
from penstock.provenance.record import Provenance
from penstock.stages.private import activate
from penstock.stages.project import Project
from penstock.stages.versions import (
    REPORT_DIGEST_TAG,
    REPORT_TAG,
    Version,
    aliased,
    find_by_digest,
    get,
    latest,
    register,
)

__all__ = ["Wrapped", "source_version", "wrap"]


@dataclass(frozen=True, slots=True)
class Wrapped:
    """What wrap made; `created` is false where this very content was wrapped before.

    `needs` are the distributions that filters and engine import besides Penstock's own.
    """

    version: Version
    parent: Version
    classifier_digest: str
    filters: list[str]
    needs: list[str]
    created: bool


def wrap(project: Project, target: str = "staging") -> Wrapped:
    """Wrap the target's trained version in the filters of `deploy/<target>.yaml`.

    No retraining and no code change: a changed threshold is a new wrapped version with the
    same classifier digest. The same filters around the same model are the same version.

    Raises
    ------
    ConfigError : the deployment file or one of its filters is wrong.
    NotFoundError : nothing is trained yet.
    """
    config = project.deploy(target)
    activate(project)
    pipeline = check_pipeline(config, target)
    parent = source_version(project, target)
    trained = project.store.consume(parent.reference).path
    check_labels(pipeline, trained, target)
    engine = engine_name(trained, pipeline.engine, f"deploy/{target}.yaml, wrap.engine")
    with TemporaryDirectory() as scratch:
        folder = Path(scratch) / "model"
        record = derive(trained, parent)
        flavor.save_wrapped(trained, folder, pipeline.to_dict(), provenance=asdict(record))
        version, created = _register(project, folder, target, parent)
    return Wrapped(
        version,
        parent,
        version.tags["penstock.classifier_digest"],
        [item.name for item in pipeline.filters],
        sorted({*pipeline.needs, *engine_needs(engine)}),
        created,
    )


def check_pipeline(config: DeployConfig, target: str) -> Pipeline:
    """Build the filters of a deployment file; ConfigError with every problem in them."""
    return Pipeline.from_dict(config.wrap.model_dump(), where=f"deploy/{target}.yaml, wrap")


def check_labels(pipeline: Pipeline, trained: Path, target: str) -> None:
    """Raise ConfigError where the filters name a label that the trained model does not know."""
    spec = json.loads((trained / "classifier" / "classifier.json").read_text(encoding="utf-8"))
    pipeline.check_labels(spec["classes"], f"deploy/{target}.yaml, wrap")


def source_version(project: Project, target: str) -> Version:
    """Return the trained version that a target wraps.

    Staging takes the newest. Production takes what staging serves, once it serves something:
    what was tried is what ships.
    """
    staged = aliased(project, project.config.name, "staging") if target != "staging" else None
    if staged is None:
        return latest(project, project.trained_name, hint="run `penstock train`")
    number = staged.tags["penstock.trained_version"]
    found = get(project, project.trained_name, number, hint="run `penstock deploy staging`")
    _check_same_classifier(found, staged)
    return found


def _check_same_classifier(trained: Version, staged: Version) -> None:
    ours, theirs = (v.tags.get("penstock.classifier_digest") for v in (trained, staged))
    if ours != theirs:
        raise IntegrityError(
            f"holds classifier {ours}, and {staged.reference}, which was made from it, {theirs}",
            where=trained.reference,
            hint="train anew and run `penstock deploy staging`",
        )


def derive(folder: Path, parent: Version) -> Provenance:
    """Return a parent's provenance with the parent added to the chain."""
    record = Provenance.read(folder)
    named = {"report": REPORT_TAG, "report_digest": REPORT_DIGEST_TAG}
    report = {key: parent.tags[tag] for key, tag in named.items() if tag in parent.tags}
    figures = {k: float(v) for k, v in parent.tags.items() if k.startswith("test_")}
    entry = parent.parent() | report
    return replace(record, parents=[*record.parents, entry], metrics={**record.metrics, **figures})


def _register(project: Project, folder: Path, target: str, parent: Version) -> tuple[Version, bool]:
    content = digest(folder)
    known = find_by_digest(project, project.wrapped_name, content)
    if known:
        return known, False
    tags = {
        "penstock.form": "wrapped",
        "penstock.parent": parent.reference,
        "penstock.parent_digest": parent.digest,
        "penstock.trained_version": parent.version,
        "penstock.classifier_digest": classifier_digest(folder),
    }
    with project.run("wrap", {"penstock.target": target}):
        return register(project, folder, project.wrapped_name, tags, content), True
