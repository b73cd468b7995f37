"""One candidate run: in this process, or as a subprocess in its own environment."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from penstock.errors import StageError
from penstock.experiments import runner
from penstock.experiments.candidates import Program
from penstock.experiments.environments import build
from penstock.experiments.outcome import Outcome
from penstock.experiments.subprocesses import follow, last_words
from penstock.modeling.base_models import Consumes, resolve
from penstock.modeling.baseline import baseline
from penstock.modeling.classifier import TransformerClassifier
from penstock.modeling.progress import Progress
from penstock.modeling.saved import write_classifier

__all__ = ["Split", "machine", "run"]

Notify = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Split:
    """What candidates learn, and the texts and labels they are judged by."""

    train_texts: list[str]
    train_labels: list[str]
    texts: list[str]
    labels: list[str]


def machine() -> str:
    """Name this machine and its processors, for times are true of one machine only."""
    return f"{platform.node()}, {platform.machine()}, {os.cpu_count()} CPUs"


def run(
    program: Program, split: Split, environments: Path, store: Consumes, notify: Notify
) -> Outcome:
    """Fit a candidate and label the split's texts.

    Parameters
    ----------
    program : the candidate.
    split : it never gets `split.labels`.
    environments : the folder of environments.
    store : has the base models that are artifacts.
    notify : gets what it is doing.

    Raises
    ------
    PenstockError : of any kind; and in this process whatever the candidate's library raises.
    """
    if program.requirements is None:
        model = _model(program, store, notify)
        train = split.train_texts, split.train_labels
        found = runner.measure(model, train, split.texts, notify)
        found["libraries"] = program.libraries()
    else:
        python = build(environments, program.requirements, notify)
        found = _elsewhere(python, program, split, store, notify)
    found["machine"] = machine()
    return Outcome.from_dict(found, len(split.texts), set(split.train_labels))


def _model(program: Program, store: Consumes, notify: Notify) -> runner.Model:
    if program.kind == "transformer":
        return _Transformer(program.settings, store, notify)
    if program.kind == "tfidf-svm":
        return runner.Estimator(baseline(seed=program.settings["seed"]))
    return runner.model_of(program.kind, program.settings)


class _Transformer:
    """TransformerClassifier, as the runner measures it."""

    def __init__(self, settings: dict[str, Any], store: Consumes, notify: Notify) -> None:
        known = {key: value for key, value in settings.items() if key != "base_model_digest"}
        self.store = store
        self.classifier = TransformerClassifier(**known, progress=lambda at: notify(_said(at)))

    def fit(self, texts: list[str], labels: list[str]) -> object:
        """Learn."""
        return self.classifier.fit(texts, labels, store=self.store)

    def predict(self, texts: list[str]) -> Sequence[str]:
        """Return a label for each text."""
        return [str(label) for label in self.classifier.predict(texts)]

    def size(self, folder: Path) -> int | None:
        """Save and look."""
        write_classifier(self.classifier, folder)
        return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def _said(at: Progress) -> str:
    return (
        f"training: epoch {at.epoch} of {at.epochs}, {at.step / at.steps:.0%}, loss {at.loss:.3f}"
    )


def _elsewhere(
    python: Path, program: Program, split: Split, store: Consumes, notify: Notify
) -> dict[str, Any]:
    """Run the script of `runner` with another Python, and read what it wrote."""
    with TemporaryDirectory() as scratch:
        folder = Path(scratch)
        _write_job(folder, program, split, store)
        failed: list[str] = []

        def hear(line: str) -> None:
            event = _event(line)
            if "doing" in event:
                notify(event["doing"])
            failed.extend([event["failed"]] if "failed" in event else [])

        log = folder / "stderr.log"
        status = follow([str(python), "-I", runner.__file__, str(folder)], log, hear)
        if status != 0:
            raise StageError(failed[-1] if failed else _death(status, log))
        found: dict[str, Any] = json.loads((folder / "outcome.json").read_text("utf-8"))
        return found


def _event(line: str) -> dict[str, str]:
    try:
        event = json.loads(line)
    except ValueError:
        return {}
    return {str(k): str(v) for k, v in event.items()} if isinstance(event, dict) else {}


def _death(status: int, log: Path) -> str:
    how = f"was ended by signal {-status}" if status < 0 else f"ended with status {status}"
    return f"its process {how}: {last_words(log)}"


def _write_job(folder: Path, program: Program, split: Split, store: Consumes) -> None:
    settings = {k: v for k, v in program.settings.items() if k != "base_model_digest"}
    if "base_model" in settings:
        settings["base_model"] = str(resolve(settings["base_model"], store))
    rows = zip(split.train_texts, split.train_labels, strict=True)
    _write_lines(folder / "job.json", [{"kind": program.kind, "settings": settings}])
    _write_lines(folder / "train.jsonl", ({"text": t, "label": y} for t, y in rows))
    _write_lines(folder / "texts.jsonl", ({"text": text} for text in split.texts))


def _write_lines(path: Path, rows: Iterable[dict[str, Any]]) -> None:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
