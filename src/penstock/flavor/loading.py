"""Load a model in two phases: verify digests, then read data."""

from __future__ import annotations

import os
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from mlflow.tracking.artifact_utils import _download_artifact_from_uri

from penstock.artifacts.manifest import digest, verify
from penstock.filters import Pipeline
from penstock.flavor.layout import PIPELINE, check_format
from penstock.flavor.pyfunc import PyfuncModel
from penstock.flavor.wheels import activate

if TYPE_CHECKING:
    from penstock.modeling.classifier import TransformerClassifier

__all__ = ["load_model", "load_pyfunc"]


def load_model(model_uri: str | os.PathLike[str]) -> TransformerClassifier:
    """Return the fitted classifier of a model directory or MLflow URI, on torch.

    ``models:/name@alias``, ``models:/name/1``, ``runs:/<id>/model`` and folders work.
    Digests are verified first; then safetensors and JSON are read.

    Raises
    ------
    IntegrityError
        A file is not what the manifest says, or the format is newer than this Penstock.
    NotFoundError
        There is no manifest or no classifier.
    """
    from penstock.modeling.saved import read_classifier

    path = Path(_download_artifact_from_uri(str(model_uri)))
    check_format(path)
    verify(path, only=["classifier/"])
    return read_classifier(path / "classifier")


def load_pyfunc(path: str | os.PathLike[str]) -> PyfuncModel:
    """Return the serving wrapper of a model directory; raises as `load_model`.

    Filters come from the packages that are installed and from the model's own wheels.
    """
    path = Path(path)
    check_format(path)
    if not (path / PIPELINE).is_file():
        return PyfuncModel(_scorer(path), None)
    verify(path, only=[PIPELINE])
    activate(path)
    pipeline = Pipeline.from_file(path / PIPELINE)
    scorer = _scorer(path, pipeline.engine)
    pipeline.bind(digest(path), getattr(scorer, "spans", None))
    return PyfuncModel(scorer, pipeline)


def _scorer(path: Path, engine: str | None = None) -> Any:
    if (path / "engine" / "engine.json").is_file():
        from penstock.engines.scorer import TextScorer

        return TextScorer.load(path, engine=engine)
    classifier = load_model(path)
    thresholds = classifier.thresholds_
    return SimpleNamespace(
        classes=classifier.classes_.tolist(),
        thresholds=None if thresholds is None else thresholds.tolist(),
        oos_threshold=classifier.oos_threshold_,
        predict_proba=classifier.predict_proba,
        scores=classifier.scores,
    )
