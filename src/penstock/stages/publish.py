"""publish: files into the store, with what made them; a dataset is checked first."""

from __future__ import annotations

from pathlib import Path

from penstock.artifacts.reference import Reference
from penstock.artifacts.store import Artifact
from penstock.errors import NotFoundError
from penstock.provenance.git import git_state
from penstock.stages.labelled import read_csv
from penstock.stages.project import Project

__all__ = ["publish"]


def publish(project: Project, reference: str, path: Path) -> Artifact:
    """Publish a file or folder as the next version of `kind:name`.

    Raises
    ------
    NotFoundError : there is nothing at `path`.
    DataError : a dataset's `train.csv` or `test.csv` is wrong.
    MachineError : the store is not writable.
    """
    if not path.exists():
        raise NotFoundError("there is nothing to publish", where=str(path))
    metadata = _dataset_metadata(path) if Reference.parse(reference).kind == "dataset" else {}
    state = git_state(project.folder)
    producer = {
        "stage": "publish",
        "commit": state.commit,
        "dirty": state.dirty,
        "diff_sha256": state.diff_sha256,
    }
    return project.store.publish(path, reference, producer=producer, metadata=metadata)


def _dataset_metadata(path: Path) -> dict[str, dict[str, int]]:
    """Check both splits; a version that cannot be trained on is never published."""
    return {split: read_csv(path / f"{split}.csv").counts() for split in ("train", "test")}
