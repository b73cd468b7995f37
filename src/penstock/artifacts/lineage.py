"""Lineage in MLflow: which artifact went into a run, and which run made an artifact."""

from __future__ import annotations

from typing import Any

from penstock.artifacts.artifact import Artifact

__all__ = ["log_dataset_input", "run_producer"]

# The width of the column in MLflow's database.
DIGEST_WIDTH = 36


def log_dataset_input(artifact: Artifact, context: str = "training") -> None:
    """Record a consumed artifact as an input of the active MLflow run.

    Not a byte of the data is read: MLflow gets name, digest and address. It keeps 36
    characters of a digest; the tag ``penstock.digest`` has all of them.

    Parameters
    ----------
    artifact : what `Store.consume` returned.
    context : what the run used it for, such as ``training`` or ``testing``.
    """
    import mlflow
    from mlflow.data.meta_dataset import MetaDataset

    # MLflow leaves `profile` abstract in its own class, and does not declare it an ABC.
    dataset = MetaDataset(  # type: ignore[abstract]
        _source(artifact),
        name=artifact.reference.base,
        digest=artifact.digest.removeprefix("sha256:")[:DIGEST_WIDTH],
    )
    tags = {"penstock.reference": str(artifact.reference), "penstock.digest": artifact.digest}
    mlflow.log_input(dataset, context=context, tags=tags)


def run_producer(stage: str) -> dict[str, Any]:
    """Return the `producer` of what the active run publishes.

    Parameters
    ----------
    stage : such as ``train``.

    Returns
    -------
    ``{"stage", "run_id", "commit"}``; the last two only where there is a run and where it
    knows its commit.
    """
    import mlflow

    run = mlflow.active_run()
    if run is None:
        return {"stage": stage}
    producer = {"stage": stage, "run_id": run.info.run_id}
    commit = run.data.tags.get("mlflow.source.git.commit")
    return producer | ({"commit": commit} if commit else {})


def _source(artifact: Artifact) -> Any:
    from mlflow.data.dataset_source_registry import resolve_dataset_source

    return resolve_dataset_source(artifact.source)
