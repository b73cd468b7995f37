"""Save a fitted classifier as an MLflow model directory."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mlflow.models import Model, ModelSignature

from penstock.flavor.mlmodel import write_mlflow_files

if TYPE_CHECKING:
    from penstock.modeling.classifier import TransformerClassifier

__all__ = ["save_directory", "save_model"]


def save_directory(
    classifier: TransformerClassifier,
    path: str | os.PathLike[str],
    calibration_texts: Sequence[str] | None = None,
    provenance: Mapping[str, Any] | None = None,
    engine: str | Sequence[str] | None = "auto",
) -> str:
    """Write ``classifier/``, ``engine/`` and the manifest, without MLflow's files.

    Returns
    -------
    The directory's digest, ``sha256:<hex>``. Raises as `save_model`.
    """
    from penstock.modeling.directory import save_directory as save

    return save(
        classifier,
        Path(path),
        calibration_texts=calibration_texts,
        provenance=provenance,
        engine=engine,
    )


def save_model(
    classifier: TransformerClassifier,
    path: str | os.PathLike[str],
    *,
    calibration_texts: Sequence[str] | None = None,
    provenance: Mapping[str, Any] | None = None,
    engine: str | Sequence[str] | None = "auto",
    signature: ModelSignature | None = None,
    input_example: Any = None,
    mlflow_model: Model | None = None,
    metadata: Mapping[str, Any] | None = None,
) -> None:
    """Write a fitted classifier as an MLflow model directory.

    Parameters
    ----------
    classifier : fitted.
    path : a folder that is not there, or is empty.
    calibration_texts : training texts to calibrate int8 on; default, those ``fit`` kept.
    provenance : what made it, written to ``provenance.json``.
    engine : ``"auto"``, ``"int8"``, ``"fp32"``, names of engines to keep, of which the first
        serves, or None to serve with torch.
    signature : default, one column of text in and labels out, with three parameters.
    input_example : default, two texts.
    mlflow_model, metadata : as in MLflow's own flavors.

    Raises
    ------
    InputError
        ``path`` holds something already.
    """
    path = Path(path)
    save_directory(classifier, path, calibration_texts, provenance, engine)
    write_mlflow_files(
        path,
        mlflow_model or Model(metadata=dict(metadata) if metadata else None),
        signature=signature,
        input_example=input_example,
    )
