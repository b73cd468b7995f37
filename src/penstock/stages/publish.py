"""publish: files into the store, with what made them; a dataset is checked first."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from penstock.artifacts.reference import Reference
from penstock.artifacts.store import Artifact
from penstock.errors import NotFoundError
from penstock.provenance.git import git_state
from penstock.stages.labelled import read_dataset
from penstock.stages.project import Project
from penstock.stages.splits import check_splits

__all__ = ["publish"]


def publish(
    project: Project,
    reference: str,
    path: Path,
    notify: Callable[[str], None] = lambda note: None,
) -> Artifact:
    """Publish a file or folder as the next version of `kind:name`.

    `notify` is told what was found out about a dataset and is no error.

    Raises
    ------
    NotFoundError : there is nothing at `path`.
    DataError : a dataset's train or test split is wrong.
    MachineError : the store is not writable.
    """
    if not path.exists():
        raise NotFoundError("there is nothing to publish", where=str(path))
    is_dataset = Reference.parse(reference).kind == "dataset"
    metadata = _dataset_metadata(path, notify) if is_dataset else {}
    state = git_state(project.folder)
    producer = {
        "stage": "publish",
        "commit": state.commit,
        "dirty": state.dirty,
        "diff_sha256": state.diff_sha256,
    }
    return project.store.publish(path, reference, producer=producer, metadata=metadata)


def _dataset_metadata(path: Path, notify: Callable[[str], None]) -> dict[str, dict[str, int]]:
    """Check both splits; a version that cannot be trained on is never published."""
    splits = {split: read_dataset(path, split) for split in ("train", "test")}
    train, test = splits.values()
    for note in (*train.notes, *test.notes, *check_splits(train, test, f"{path}, test split")):
        notify(note)
    return {split: rows.counts() for split, rows in splits.items()}
