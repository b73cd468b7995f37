"""test: a trained version on the held-out split, beside the champion."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import mlflow

from penstock.artifacts.lineage import log_dataset_input
from penstock.artifacts.store import Artifact
from penstock.engines.scorer import TextScorer
from penstock.errors import ConfigError, Problem, StageError, did_you_mean
from penstock.evaluation import Behaviour, Report
from penstock.evaluation.checks import BehaviourResult
from penstock.evaluation.engines import measure
from penstock.provenance.record import Provenance
from penstock.stages.labelled import LabelledText, read_dataset
from penstock.stages.project import Project
from penstock.stages.report import write_report
from penstock.stages.versions import REPORT_DIGEST_TAG, REPORT_TAG, Version, aliased, get

__all__ = ["Tested", "test"]


@dataclass(frozen=True, slots=True)
class Tested:
    """What test found; `reference` is the report's, `folder` a copy of its files."""

    version: Version
    run_id: str
    reference: str
    folder: Path
    report: Report

    def check(self) -> None:
        """Raise StageError where a required behavioural test failed or had no text.

        The error names every one of them.
        """
        page = self.folder / "report.html"
        problems = [
            _problem(test, page)
            for test in self.report.behaviour
            if test.required and not test.passed
        ]
        if problems:
            raise StageError(problems=problems)


def _problem(test: BehaviourResult, page: Path) -> Problem:
    place = f"behaviour '{test.name}'"
    if not test.tested:
        return Problem("is required, and there was no text to test", place, test.remedy)
    what = f"{test.failures} of {test.n_samples} texts fail, {test.max_failure_rate:.0%} may"
    return Problem(what, place, f"see {page}")


def test(project: Project, version: str = "latest") -> Tested:
    """Score the held-out split with the engine that production runs, and write a report.

    Every engine that the model holds is measured beside it, and torch.

    Parameters
    ----------
    project : the project.
    version : of the trained model; a number or ``latest``.

    Raises
    ------
    NotFoundError : nothing is trained yet, or there is no such version.
    IntegrityError : the model's bytes are not what was registered, or the store holds another
        data set under the reference that the model was trained on.
    ConfigError : the behavioural tests are wrong, or the test split lacks a column.
    """
    candidate = get(project, project.trained_name, version, hint="run `penstock train`")
    model = project.store.consume(candidate.reference)
    recorded = Provenance.read(model.path).dataset
    dataset = recorded["reference"]
    artifact = project.store.consume(dataset, digest=recorded["digest"])
    rows = read_dataset(artifact.path, "test")
    slices, behaviour = _slices(project, rows), _behaviour(project)
    with project.run("test", {"penstock.model": candidate.reference}) as run:
        log_dataset_input(artifact, context="testing")
        report = Report.of(
            TextScorer.load(model.path),
            rows.texts,
            rows.labels,
            slices=slices,
            behaviour=behaviour,
            champion=_champion(project),
            train=read_dataset(artifact.path, "train").texts,
            engines=measure(model.path, rows.texts, rows.labels),
            name=candidate.reference,
            dataset=dataset,
        )
        published = _publish(project, report, [model, artifact], run.info.run_id)
        _tag(project, candidate, report, published)
    reference = str(published.reference)
    folder = project.store.consume(reference, digest=published.digest).path
    return Tested(candidate, run.info.run_id, reference, folder, report)


def _slices(project: Project, rows: LabelledText) -> dict[str, list[str]]:
    wanted = project.config.test.slices
    problems = [
        Problem(
            f"the test split has no column '{name}'",
            f"penstock.yaml, test.slices[{at}]",
            did_you_mean(name, rows.columns),
        )
        for at, name in enumerate(wanted)
        if name not in rows.columns
    ]
    if problems:
        raise ConfigError(problems=problems)
    return {name: rows.columns[name] for name in wanted}


def _behaviour(project: Project) -> Behaviour | None:
    name = project.config.test.behaviour
    if name is None:
        return None
    path = (project.folder / name).resolve()
    if not path.is_relative_to(project.folder):
        raise ConfigError(f"'{name}' is outside the project", where="penstock.yaml, test.behaviour")
    return Behaviour.load(path, where=name)


def _champion(project: Project) -> tuple[str, TextScorer] | None:
    version = aliased(project, project.config.name, "production")
    if version is None:
        return None
    return version.reference, TextScorer.load(project.store.consume(version.reference).path)


def _publish(
    project: Project, report: Report, consumed: Sequence[Artifact], run_id: str
) -> Artifact:
    """Write the report into MLflow and as an artifact; return the artifact."""
    with TemporaryDirectory() as scratch:
        folder = Path(scratch) / "report"
        write_report(report, folder)
        mlflow.log_metrics(report.metrics("test_"))
        mlflow.log_artifacts(str(folder), "report")
        return project.store.publish(
            folder,
            f"report:{project.config.name}",
            producer={"run_id": run_id, "stage": "test"},
            consumed=consumed,
        )


def _tag(project: Project, version: Version, report: Report, published: Artifact) -> None:
    figures = {"test_accuracy": report.accuracy, "test_macro_f1": report.macro_f1}
    if report.comparison:
        figures["test_accuracy_vs_champion"] = report.comparison.accuracy_difference.value
    named = {REPORT_TAG: published.reference, REPORT_DIGEST_TAG: published.digest}
    for key, value in {**named, **figures}.items():
        project.client.set_model_version_tag(version.name, version.version, key, str(value))
