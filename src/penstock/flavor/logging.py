"""Log a model to the active run, from a classifier or from a directory as it is."""

from __future__ import annotations

import functools
import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from mlflow.models import Model
from mlflow.models.model import ModelInfo

from penstock.artifacts.manifest import verify
from penstock.flavor.layout import FLAVOR_NAME, MODULE
from penstock.flavor.saving import save_model

if TYPE_CHECKING:
    from penstock.modeling.classifier import TransformerClassifier

__all__ = ["log_directory", "log_model"]


def log_model(
    classifier: TransformerClassifier,
    name: str = "model",
    registered_model_name: str | None = None,
    *,
    tags: Mapping[str, Any] | None = None,
    **options: Any,
) -> ModelInfo:
    """Log a fitted classifier to the active run, and register it under a name if one is given.

    ``options`` are those of `save_model`.
    """
    return _log(
        SimpleNamespace(__name__=MODULE, save_model=functools.partial(save_model, classifier)),
        name,
        registered_model_name,
        tags,
        **options,
    )


def log_directory(
    model_dir: str | os.PathLike[str],
    name: str = "model",
    registered_model_name: str | None = None,
    tags: Mapping[str, Any] | None = None,
) -> ModelInfo:
    """Log a model directory as it is to the active run, and register it under a name.

    Every file keeps its bytes but ``MLmodel``, which gets the ids of run and model.

    Raises
    ------
    IntegrityError
        A file is not what the manifest says.
    """
    source = Path(model_dir)
    verify(source)

    def save(path: str, mlflow_model: Model) -> None:
        shutil.copytree(source, path, dirs_exist_ok=True)
        before: Any = Model.load(str(source / "MLmodel"))
        mlflow_model.flavors, mlflow_model.signature = before.flavors, before.signature
        mlflow_model.saved_input_example_info = before.saved_input_example_info
        mlflow_model.save(str(Path(path) / "MLmodel"))

    flavor = SimpleNamespace(__name__=MODULE, save_model=save)
    return _log(flavor, name, registered_model_name, tags)


def _log(
    flavor: Any,
    name: str,
    registered_model_name: str | None,
    tags: Mapping[str, Any] | None,
    **options: Any,
) -> ModelInfo:
    info: ModelInfo = Model.log(
        artifact_path=None,
        name=name,
        flavor=flavor,
        flavor_name=FLAVOR_NAME,
        registered_model_name=registered_model_name,
        tags=dict(tags) if tags else None,
        **options,
    )
    return info
