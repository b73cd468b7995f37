"""Put a trained model's bytes inside a pipeline of filters, and add files to it."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml
from mlflow.models import Model

from penstock.artifacts.manifest import classifier_digest, verify, write_manifest
from penstock.errors import IntegrityError, NotFoundError
from penstock.filters import Pipeline
from penstock.flavor.layout import PIPELINE
from penstock.flavor.mlmodel import write_mlflow_files
from penstock.flavor.wheels import write_wheels

__all__ = ["save_wrapped"]


def save_wrapped(
    model_dir: str | os.PathLike[str],
    path: str | os.PathLike[str],
    pipeline: Mapping[str, Any] | None = None,
    extra_files: Mapping[str, str | os.PathLike[str]] | None = None,
    provenance: Mapping[str, Any] | None = None,
    private_wheels: Sequence[Path] = (),
) -> str:
    """Put the same classifier and engine bytes inside a pipeline of filters.

    Parameters
    ----------
    model_dir : a trained or wrapped model directory.
    path : a folder that is not there, or is empty.
    pipeline : ``{"before": [...], "after": [...]}``; None keeps the one that is there.
    extra_files : name in the new directory to file or folder, such as ``wheels``.
    provenance : replaces the ``provenance.json`` that is there.
    private_wheels : of the packages that no index has and filters come from; loading the model
        takes them from its ``wheels/``.

    Returns
    -------
    The new directory's digest.

    Raises
    ------
    ConfigError
        The pipeline is wrong.
    NotFoundError
        There is no pipeline, neither given nor in ``model_dir``.
    IntegrityError
        ``model_dir`` is not what its manifest says, or the copy differs.
    """
    from penstock.modeling.directory import refuse_existing, write_provenance

    source, target = Path(model_dir), Path(path)
    text = _pipeline_text(source, pipeline)
    refuse_existing(target)
    _copy_verified(source, target)
    (target / PIPELINE).write_text(text, encoding="utf-8")
    for name, extra in (extra_files or {}).items():
        _copy(Path(extra), target / name)
    write_wheels(target, private_wheels)
    if provenance is not None:
        write_provenance(target, provenance)
    digest = write_manifest(target)
    _check_same_classifier(source, target)
    write_mlflow_files(target, Model())
    return digest


def _pipeline_text(source: Path, pipeline: Mapping[str, Any] | None) -> str:
    if pipeline is not None:
        spec = Pipeline.from_dict(pipeline).to_dict()
        return yaml.safe_dump(json.loads(json.dumps(spec)), sort_keys=False, allow_unicode=True)
    if not (source / PIPELINE).is_file():
        raise NotFoundError(f"no {PIPELINE} in {source}", hint="give a pipeline, or wrap first")
    return (source / PIPELINE).read_text(encoding="utf-8")


def _copy_verified(source: Path, target: Path) -> None:
    for file in verify(source):
        _copy(source / file.path, target / file.path)


def _copy(source: Path, target: Path) -> None:
    if source.is_dir():
        shutil.copytree(source, target, dirs_exist_ok=True)
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target)


def _check_same_classifier(source: Path, target: Path) -> None:
    before, after = classifier_digest(source), classifier_digest(target)
    if before != after:
        raise IntegrityError(
            f"classifier digest is {after}, that of the trained model is {before}",
            where=str(target),
            hint="extra_files must not replace files of classifier/ or engine/",
        )
