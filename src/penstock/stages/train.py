"""train: a dataset in, a trained model version out."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from shutil import rmtree
from tempfile import TemporaryDirectory

import mlflow

from penstock import flavor
from penstock.artifacts.lineage import log_dataset_input
from penstock.artifacts.manifest import classifier_digest, digest
from penstock.artifacts.store import Store
from penstock.config import TrainConfig
from penstock.modeling.base_models import below, is_hub_id
from penstock.modeling.checkpoints import waiting
from penstock.modeling.classifier import TransformerClassifier
from penstock.provenance.git import diff_bytes, git_state
from penstock.provenance.record import Provenance, collect
from penstock.stages.labelled import LabelledText, read_dataset
from penstock.stages.project import Project
from penstock.stages.versions import Version, register

__all__ = ["Trained", "train"]


@dataclass(frozen=True, slots=True)
class Trained:
    """What train made; `provenance` is its record.

    `metrics` are on the validation split, `counts` texts by label, `truncated` how many of them
    the model did not read whole.
    """

    version: Version
    run_id: str
    dataset: str
    counts: dict[str, int]
    metrics: dict[str, float]
    truncated: int
    provenance: Provenance


def train(
    project: Project,
    dataset: str | None = None,
    parameters: TrainConfig | None = None,
    progress: bool = False,
    notify: Callable[[str], None] = lambda text: None,
    tell: Callable[[str], None] = lambda text: None,
) -> Trained:
    """Fine-tune the classifier on a dataset's train split and register the result.

    Parameters
    ----------
    project : the project.
    dataset : a reference; default, the newest version of the project's dataset.
    parameters : default, those of `penstock.yaml`.
    progress : show a progress bar.
    notify : told what takes long after the last epoch.
    tell : told, before the first step, that no commit can be named, where a training that was
        killed goes on, and that a base model is the hub's.

    A training that is killed goes on where it was when it is started again on the same dataset
    with the same parameters; until the version is registered, its checkpoint is in
    `.penstock/checkpoints/`.

    Raises
    ------
    NotFoundError : the dataset or the base model is not there.
    DataError : the train split cannot be trained on.
    """
    chosen = parameters or project.config.train
    artifact = project.store.consume(dataset or f"dataset:{project.config.dataset}@latest")
    rows = read_dataset(artifact.path, "train")
    state = git_state(project.folder)
    if gap := state.gap():
        tell(f"the model's provenance {gap}; commit the project, then train")
    with project.run("train") as run, TemporaryDirectory() as scratch:
        log_dataset_input(artifact, context="training")
        mlflow.log_params(chosen.model_dump())
        source = {"reference": str(artifact.reference), "digest": artifact.digest}
        _log_diff(project.folder)
        checkpoint = _checkpoint(project, artifact.digest, chosen)
        if at := waiting(checkpoint):
            tell(f"going on with a training that was stopped in {at}")
            mlflow.set_tag("penstock.resumed", at)
        base_model = _base_model(chosen.base_model, project.folder, tell)
        found = chosen.model_copy(update={"base_model": base_model})
        classifier = _fit(rows, found, project.store, progress, checkpoint)
        metrics = _log_metrics(classifier)
        record = collect(state, run.info.run_id, source, parents=[], metrics=metrics)
        folder = Path(scratch) / "model"
        notify("exporting the engine, int8 beside fp32, and registering the model")
        _save(classifier, folder, rows, record, project.config.engines)
        version, _ = register(project, folder, project.trained_name, _tags(folder), digest(folder))
    rmtree(checkpoint)
    return Trained(
        version,
        run.info.run_id,
        source["reference"],
        rows.counts(),
        metrics,
        classifier.truncated_,
        record,
    )


def _base_model(text: str, folder: Path, tell: Callable[[str], None]) -> str:
    """Return a base model's path in the project; say so where the hub is asked."""
    found = below(text, folder)
    if is_hub_id(found):
        tell(f"base model {found} is the Hugging Face hub's: there is no such folder in {folder}")
    return found


def _checkpoint(project: Project, dataset: str, parameters: TrainConfig) -> Path:
    """Return the folder of one training: another dataset or parameter has another."""
    key = hashlib.sha256(f"{dataset} {parameters.model_dump_json()}".encode()).hexdigest()
    return project.state / "checkpoints" / key[:16]


def _fit(
    rows: LabelledText, parameters: TrainConfig, store: Store, progress: bool, checkpoint: Path
) -> TransformerClassifier:
    classifier = TransformerClassifier(
        **parameters.model_dump(), progress=progress, checkpoint=checkpoint
    )
    return classifier.fit(rows.texts, rows.labels, store=store)


def _log_metrics(classifier: TransformerClassifier) -> dict[str, float]:
    """Log each epoch's figures; return the last."""
    last: dict[str, float] = {}
    for step, epoch in enumerate(classifier.history_, start=1):
        last = {key: float(value) for key, value in epoch.items() if value is not None}
        mlflow.log_metrics(last, step=step)
    return last


def _log_diff(folder: Path) -> None:
    """Keep what a dirty tree adds to its commit, so that the run can be made again."""
    difference = diff_bytes(folder)
    if difference:
        mlflow.log_text(difference.decode("utf-8", "replace"), "provenance/uncommitted.diff")


def _save(
    classifier: TransformerClassifier,
    folder: Path,
    rows: LabelledText,
    record: Provenance,
    engines: Sequence[str],
) -> None:
    said = asdict(record)
    flavor.save_model(
        classifier, folder, calibration_texts=rows.texts, provenance=said, engine=engines
    )


def _tags(folder: Path) -> dict[str, str]:
    return {"penstock.form": "trained", "penstock.classifier_digest": classifier_digest(folder)}
