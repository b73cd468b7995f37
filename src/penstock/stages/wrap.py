"""wrap: the same classifier bytes inside filters."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from penstock import flavor
from penstock.artifacts.manifest import classifier_digest, digest
from penstock.engines.loading import engine_name, engine_needs
from penstock.errors import IntegrityError
from penstock.filters import Pipeline
from penstock.provenance.record import Provenance
from penstock.stages.declared import MAIN, Declared, declared
from penstock.stages.private import activate, private_wheels
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

    `declared` are the filters as they are written; `needs` are the distributions that filters
    and engine import besides Penstock's own.
    """

    version: Version
    parent: Version
    declared: Declared
    classifier_digest: str
    filters: list[str]
    needs: list[str]
    created: bool


def wrap(project: Project, target: str | None = None, version: str | None = None) -> Wrapped:
    """Wrap a trained version in the filters of `penstock.yaml`, or of a target with its own.

    No retraining and no code change: a changed threshold is a new wrapped version with the
    same classifier digest. The same filters around the same model are the same version. The
    wheels of the project's private packages go into the model: changed code is another version.

    Parameters
    ----------
    project : the project.
    target : whose filters; default, the project's.
    version : of the trained model, a number or ``latest``; default, the newest, and for a target
        with filters of its own the one that staging serves.

    Raises
    ------
    ConfigError : the filters are wrong.
    NotFoundError : nothing is trained yet, or there is no such version or target.
    """
    written = declared(project, target)
    activate(project)
    pipeline = written.pipeline()
    parent = source_version(project, written, version)
    trained = project.store.consume(parent.reference).path
    check_labels(pipeline, trained, written)
    engine = engine_name(trained, pipeline.engine, f"{written.where}.engine")
    with TemporaryDirectory() as scratch:
        folder = Path(scratch) / "model"
        record = derive(trained, parent)
        flavor.save_wrapped(
            trained,
            folder,
            pipeline.to_dict(),
            provenance=asdict(record),
            private_wheels=private_wheels(project),
        )
        made, created = _register(project, folder, written, parent)
    return Wrapped(
        made,
        parent,
        written,
        made.tags["penstock.classifier_digest"],
        [item.name for item in pipeline.filters],
        sorted({*pipeline.needs, *engine_needs(engine)}),
        created,
    )


def check_labels(pipeline: Pipeline, trained: Path, written: Declared) -> None:
    """Raise ConfigError where the filters name a label that the trained model does not know."""
    spec = json.loads((trained / "classifier" / "classifier.json").read_text(encoding="utf-8"))
    pipeline.check_labels(spec["classes"], written.where)


def source_version(project: Project, written: Declared, version: str | None = None) -> Version:
    """Return the trained version that filters go around.

    The named one, else the newest; a target with filters of its own takes the one that staging
    serves, once it serves something: the classifier that was tried is the one that ships.
    """
    own = written.own not in (None, MAIN)
    staged = aliased(project, project.config.name, MAIN) if own and not version else None
    if staged is not None:
        version = staged.tags["penstock.trained_version"]
    if version in (None, "latest"):
        return latest(project, project.trained_name, hint="run `penstock train`")
    found = get(project, project.trained_name, version, hint="run `penstock train`")
    if staged is not None:
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


def _register(
    project: Project, folder: Path, written: Declared, parent: Version
) -> tuple[Version, bool]:
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
    if written.own:
        tags["penstock.target"] = written.own
    with project.run("wrap", {"penstock.filters": written.where}):
        return register(project, folder, project.wrapped_name, tags, content)
