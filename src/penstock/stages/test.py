"""test: a trained version on the held-out split, beside the champion."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import mlflow

from penstock.artifacts.lineage import log_dataset_input
from penstock.engines.scorer import TextScorer
from penstock.modeling.evaluation import Evaluation, evaluate
from penstock.provenance.record import Provenance
from penstock.stages.labelled import LabelledText, read_dataset
from penstock.stages.project import Project
from penstock.stages.report import Comparison, Report
from penstock.stages.versions import Version, aliased, get

__all__ = ["Tested", "test"]


@dataclass(frozen=True, slots=True)
class Tested:
    """What test found; `reference` is the report's, `folder` a copy of its files."""

    version: Version
    run_id: str
    reference: str
    folder: Path
    report: Report


def test(project: Project, version: str = "latest") -> Tested:
    """Score the held-out split with the engine that production runs, and write a report.

    Parameters
    ----------
    project : the project.
    version : of the trained model; a number or ``latest``.

    Raises
    ------
    NotFoundError : nothing is trained yet, or there is no such version.
    IntegrityError : the model's bytes are not what was registered.
    """
    candidate = get(project, project.trained_name, version, hint="run `penstock train`")
    model = project.store.consume(candidate.reference)
    dataset = Provenance.read(model.path).dataset["reference"]
    artifact = project.store.consume(dataset)
    rows = read_dataset(artifact.path, "test")
    with project.run("test", {"penstock.model": candidate.reference}) as run:
        log_dataset_input(artifact, context="testing")
        evaluation = _evaluate(model.path, rows)
        report = Report(
            candidate.reference, dataset, evaluation, _against(project, rows, evaluation)
        )
        published = _publish(project, report, run.info.run_id)
        _tag(project, candidate, report, published)
    return Tested(candidate, run.info.run_id, published, _read(project, published), report)


def _evaluate(folder: Path, rows: LabelledText) -> Evaluation:
    scorer = TextScorer.load(folder)
    return evaluate(rows.labels, scorer.predict_proba(rows.texts), scorer.classes)


def _against(project: Project, rows: LabelledText, ours: Evaluation) -> Comparison | None:
    champion = aliased(project, project.config.name, "production")
    if champion is None:
        return None
    theirs = _evaluate(project.store.consume(champion.reference).path, rows)
    return Comparison(
        champion=champion.reference,
        accuracy=theirs.accuracy,
        macro_f1=theirs.macro_f1,
        accuracy_difference=ours.accuracy - theirs.accuracy,
        macro_f1_difference=ours.macro_f1 - theirs.macro_f1,
    )


def _publish(project: Project, report: Report, run_id: str) -> str:
    """Write the report into MLflow and as an artifact; return its reference."""
    with TemporaryDirectory() as scratch:
        folder = Path(scratch) / "report"
        report.write(folder)
        mlflow.log_metrics(report.metrics())
        mlflow.log_artifacts(str(folder), "report")
        artifact = project.store.publish(
            folder,
            f"report:{project.config.name}",
            producer={"run_id": run_id, "stage": "test"},
            consumed=[report.model, report.dataset],
        )
    return str(artifact.reference)


def _tag(project: Project, version: Version, report: Report, reference: str) -> None:
    for key, value in {"penstock.report": reference, **report.metrics()}.items():
        project.client.set_model_version_tag(version.name, version.version, key, str(value))


def _read(project: Project, reference: str) -> Path:
    return project.store.consume(reference).path
