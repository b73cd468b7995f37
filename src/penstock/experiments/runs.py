"""Candidates as MLflow runs: found again by their fingerprint, kept with their predictions."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import mlflow
from mlflow.exceptions import MlflowException

from penstock.errors import DataError
from penstock.experiments.candidates import Program
from penstock.experiments.leaderboard import accuracy, macro_f1
from penstock.experiments.outcome import Outcome
from penstock.experiments.running import Split

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities import Run

__all__ = ["find", "log", "nested", "reason"]

FINGERPRINT = "penstock.fingerprint"
REASON = "penstock.reason"
LONGEST = 2000


def find(
    client: MlflowClient, experiment: str, fingerprint: str, count: int, classes: Collection[str]
) -> tuple[Outcome, str] | None:
    """Return the outcome and run of a candidate that ran to its end before, or None.

    A run whose files are gone or are none counts as not there: the candidate runs again.
    """
    wanted = f"tags.`{FINGERPRINT}` = '{fingerprint}' and attributes.status = 'FINISHED'"
    order = ["attributes.start_time DESC"]
    for run in client.search_runs([experiment], wanted, max_results=5, order_by=order):
        try:
            with TemporaryDirectory() as scratch:
                path = client.download_artifacts(run.info.run_id, "outcome.json", scratch)
                found = json.loads(Path(path).read_text("utf-8"))
            return Outcome.from_dict(found, count, classes), run.info.run_id
        except (MlflowException, OSError, ValueError, DataError):
            continue
    return None


@contextmanager
def nested(program: Program, fingerprint: str) -> Iterator[Run]:
    """Open a candidate's run in that of the comparison; an error leaves it `FAILED`."""
    with mlflow.start_run(run_name=program.name, nested=True) as run:
        tags = {FINGERPRINT: fingerprint, "penstock.kind": program.kind}
        mlflow.set_tags({"penstock.stage": "candidate", **tags})
        mlflow.log_params(_params(program))
        try:
            yield run
        except BaseException as error:
            # Ctrl-C, too, leaves word of why the run has no figures.
            mlflow.set_tag(REASON, reason(error)[:LONGEST])
            raise


def log(outcome: Outcome, split: Split) -> None:
    """Write an outcome into the active run: metrics, predictions, all of it as JSON."""
    figures = _figures(outcome, split)
    rows = zip(split.labels, outcome.labels, strict=True)
    lines = [json.dumps({"label": true, "predicted": said}) + "\n" for true, said in rows]
    mlflow.log_metrics(figures)
    mlflow.log_text("".join(lines), "predictions.jsonl")
    # Last: a run with this file has everything.
    mlflow.log_text(json.dumps(outcome.to_dict(), indent=1), "outcome.json")


def reason(error: BaseException) -> str:
    """Say why a candidate failed, in one text."""
    from penstock.errors import PenstockError

    said = str(error).strip()
    if isinstance(error, PenstockError):
        return said
    return f"{type(error).__name__}: {said}" if said else type(error).__name__


def _params(program: Program) -> dict[str, Any]:
    settings = {
        k: v if not isinstance(v, list) else json.dumps(v) for k, v in program.settings.items()
    }
    needs = {"requirements": ", ".join(program.requirements)} if program.requirements else {}
    return {"kind": program.kind, **settings, **needs}


def _figures(outcome: Outcome, split: Split) -> dict[str, float]:
    import numpy as np

    named = sorted({*split.labels, *outcome.labels})
    number = {label: index for index, label in enumerate(named)}
    truth = np.array([number[label] for label in split.labels])
    said = np.array([number[label] for label in outcome.labels])
    figures = {
        "validation_accuracy": accuracy(truth, said),
        "validation_macro_f1": macro_f1(truth, said),
        "train_seconds": outcome.train_seconds,
        "texts_per_second": outcome.texts_per_second,
    }
    return figures if outcome.size is None else {**figures, "size": float(outcome.size)}
