"""compare: the candidates of `penstock.yaml` on one split, and their leaderboard."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TypeVar

import mlflow
import yaml
from pydantic import BaseModel

import penstock
from penstock.artifacts.lineage import log_dataset_input
from penstock.config import TrainConfig
from penstock.errors import ConfigError, DataError, InputError
from penstock.experiments import pages, runs
from penstock.experiments.candidates import Program, prepare
from penstock.experiments.leaderboard import Failure, Leaderboard, rank
from penstock.experiments.outcome import Outcome
from penstock.experiments.running import Split, run
from penstock.modeling.base_models import below
from penstock.stages.labelled import LabelledText, read_dataset
from penstock.stages.project import Project

__all__ = ["Compared", "compare"]

Settings = TypeVar("Settings", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Compared:
    """What compare found; `winner` is the `train:` block of the best, if it is a transformer."""

    run_id: str
    board: Leaderboard
    winner: str | None


@dataclass
class _Course:
    """What the candidates of one comparison share, and what has come of them so far."""

    project: Project
    split: Split
    data: dict[str, Any]
    experiment: str
    fresh: bool
    notify: Callable[[str, str], None]
    ran: list[tuple[str, str, Outcome, str, bool]] = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)


def compare(
    project: Project,
    dataset: str | None = None,
    seed: int = 0,
    share: float = 0.2,
    fresh: bool = False,
    notify: Callable[[str, str], None] = lambda name, doing: None,
) -> Compared:
    """Run the candidates of `penstock.yaml` on one split and rank them.

    Parameters
    ----------
    project : the project.
    dataset : a reference; default, the newest version of the project's dataset.
    seed : of the split, and of candidates that name none.
    share : of each label's texts in the train split that candidates are judged by. The test
        split is not read.
    fresh : repeat what ran before.
    notify : gets a candidate's name and what it is doing.

    Raises
    ------
    ConfigError : `penstock.yaml` lists no candidate, or one of them cannot be.
    DataError : the train split is too small to be split.
    """
    if not 0 < share < 1:
        raise InputError(f"{share} is not between 0 and 1", where="--share")
    programs = _programs(project, seed)
    artifact = project.store.consume(dataset or f"dataset:{project.config.dataset}@latest")
    split = carve(read_dataset(artifact.path, "train"), share, seed)
    data = {"dataset": artifact.digest, "seed": seed, "share": share}
    with project.run("compare") as parent:
        log_dataset_input(artifact, context="comparison")
        mlflow.log_params({"seed": seed, "share": share, "candidates": len(programs)})
        data["penstock"] = penstock.__version__
        course = _Course(project, split, data, parent.info.experiment_id, fresh, notify)
        for program in programs:
            _one(course, program)
        board = _board(course, str(artifact.reference), seed, share)
        _log(board)
    return Compared(parent.info.run_id, board, _winner(board, programs))


def carve(rows: LabelledText, share: float, seed: int) -> Split:
    """Split labelled text into what candidates learn and what they are judged by.

    Stratified by label; equal texts stay on one side.
    """
    learn, judge = rows.split(share, seed)
    if not len(judge) or len(set(learn.labels)) < 2:
        raise DataError(
            f"{len(rows)} texts are too few to hold some out of each label",
            where="train split",
            hint="label two texts at least for each label",
        )
    return Split(learn.texts, learn.labels, judge.texts, judge.labels)


def _programs(project: Project, seed: int) -> list[Program]:
    if not project.config.compare:
        raise ConfigError(
            "there is no candidate to compare",
            where="penstock.yaml, compare",
            hint="list some, such as `- kind: tfidf-svm` and `- kind: transformer`",
        )
    train = _placed(project.config.train, project.folder)
    candidates = [_placed(each, project.folder) for each in project.config.compare]
    return prepare(candidates, train, seed, project.store)


def _placed(section: Settings, folder: Path) -> Settings:
    """Return a section whose base model, where it is a path of the project, is absolute."""
    if "base_model" not in section.model_fields_set:
        return section
    base_model = getattr(section, "base_model", None)
    if base_model is None:
        return section
    return section.model_copy(update={"base_model": below(base_model, folder)})


def _one(course: _Course, program: Program) -> None:
    """Run a candidate, or find its earlier run; keep what came of it."""
    fingerprint = program.fingerprint(course.data)
    known = None if course.fresh else _known(course, fingerprint)
    if known:
        course.notify(program.name, "reused")
        course.ran.append((program.name, program.kind, *known, True))
        return
    run_id = ""
    try:
        with runs.nested(program, fingerprint) as opened:
            run_id = opened.info.run_id
            outcome = _outcome(course, program)
            runs.log(outcome, course.split)
    except Exception as error:
        # Whatever a candidate's library raises is that candidate's failure, not the others'.
        course.failures.append(Failure(program.name, program.kind, runs.reason(error), run_id))
        course.notify(program.name, "failed")
        return
    course.ran.append((program.name, program.kind, outcome, run_id, False))
    course.notify(program.name, "done")


def _known(course: _Course, fingerprint: str) -> tuple[Outcome, str] | None:
    split = course.split
    return runs.find(
        course.project.client,
        course.experiment,
        fingerprint,
        len(split.texts),
        set(split.train_labels),
    )


def _outcome(course: _Course, program: Program) -> Outcome:
    return run(
        program,
        course.split,
        course.project.state / "environments",
        course.project.store,
        lambda doing: course.notify(program.name, doing),
    )


def _board(course: _Course, dataset: str, seed: int, share: float) -> Leaderboard:
    entries = rank(course.split.labels, course.ran) if course.ran else []
    counts = len(course.split.train_texts), len(course.split.texts)
    return Leaderboard(dataset, seed, share, *counts, entries, course.failures)


def _log(board: Leaderboard) -> None:
    """Write the board into the comparison's run."""
    with TemporaryDirectory() as scratch:
        pages.write(board, Path(scratch))
        mlflow.log_artifacts(scratch, "leaderboard")
    mlflow.set_tag("penstock.verdict", board.verdict())
    if board.entries:
        mlflow.set_tag("penstock.best", board.entries[0].name)
        mlflow.log_metric("best_validation_accuracy", board.entries[0].accuracy.value)


def _winner(board: Leaderboard, programs: list[Program]) -> str | None:
    """Return the best candidate's block for `penstock.yaml`, if it is a transformer."""
    if not board.entries or board.entries[0].kind != "transformer":
        return None
    best = next(program for program in programs if program.name == board.entries[0].name)
    keys = {key: best.settings[key] for key in TrainConfig.model_fields if key in best.settings}
    return str(yaml.safe_dump({"train": keys}, sort_keys=False))
