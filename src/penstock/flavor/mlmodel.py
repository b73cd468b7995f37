"""The files that MLflow reads: ``MLmodel``, the requirements and the input example."""

from __future__ import annotations

import importlib.metadata
import json
from pathlib import Path
from typing import Any

import mlflow
import pandas as pd
from mlflow.models import Model, ModelSignature
from mlflow.utils import environment
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from penstock.engines.loading import engine_needs
from penstock.engines.spec import SPEC, TORCH, read_spec
from penstock.filters import Pipeline
from penstock.flavor.layout import FLAVOR_NAME, FORMAT, MODULE, PIPELINE
from penstock.flavor.signature import signature_of
from penstock.flavor.wheels import wheel_needs

__all__ = ["write_mlflow_files"]

_MLFLOW: Any = environment
"""Its functions have no types."""

_SERVING = ("msgspec", "numpy", "openvino", "pandas", "pyyaml", "tokenizers")
_TORCH = ("safetensors", "scikit-learn", "scipy", "torch", "transformers")
_EXAMPLE = ["When can we talk?", "Please take me off your list."]


def write_mlflow_files(
    path: Path,
    model: Model,
    signature: ModelSignature | None = None,
    input_example: Any = None,
) -> None:
    """Write ``MLmodel``, the environment and the input example."""
    from mlflow.models.utils import _save_example

    wrapped = (path / PIPELINE).is_file()
    model.signature = signature or signature_of(wrapped, _is_multilabel(path))
    example = pd.DataFrame({"text": _EXAMPLE}) if input_example is None else input_example
    _save_example(model, example, str(path))
    mlflow.pyfunc.add_to_model(
        model, loader_module=MODULE, conda_env="conda.yaml", python_env="python_env.yaml"
    )
    model.add_flavor(FLAVOR_NAME, format=FORMAT, penstock_version=_version("penstock"))
    model.save(str(path / "MLmodel"))
    _write_environment(path, _requirements(_engine(path), _needs(path)))


def _is_multilabel(path: Path) -> bool:
    record = json.loads((path / "classifier" / "classifier.json").read_text(encoding="utf-8"))
    return record.get("thresholds") is not None


def _write_environment(path: Path, needed: list[str]) -> None:
    """Write the same needs in three forms; MLflow makes no fresh environment without conda's."""
    (path / "requirements.txt").write_text("\n".join(needed) + "\n", encoding="utf-8")
    _MLFLOW._PythonEnv.current().to_yaml(str(path / "python_env.yaml"))
    _MLFLOW._mlflow_conda_env(
        path=str(path / "conda.yaml"), additional_pip_deps=needed, install_mlflow=False
    )


def _engine(path: Path) -> str:
    """Return the name of the engine that serves."""
    chosen = _pipeline(path).engine
    return read_spec(path).choose(chosen, PIPELINE) if (path / SPEC).is_file() else TORCH


def _needs(path: Path) -> list[Requirement]:
    """Return what the filters need: those of the pipeline, and those of the model's own wheels."""
    needs = [*map(Requirement, _pipeline(path).needs), *wheel_needs(path)]
    return [need for need in needs if canonicalize_name(need.name) not in {*_SERVING, "mlflow"}]


def _pipeline(path: Path) -> Pipeline:
    return Pipeline.from_file(path / PIPELINE) if (path / PIPELINE).is_file() else Pipeline()


def _requirements(engine: str, needs: list[Requirement]) -> list[str]:
    """Return what the python function needs, pinned: of torch and ONNX Runtime what serves."""
    names = ["mlflow", "penstock", *_SERVING, *engine_needs(engine)]
    if engine == TORCH:
        names += _TORCH
    lines = [f"{name}=={_version(name)}" for name in names]
    return list(dict.fromkeys([*lines, *map(_pinned, needs)]))


def _pinned(need: Requirement) -> str:
    """Return a need in the installed version; as it is written where it is not installed."""
    name = f"{need.name}[{','.join(sorted(need.extras))}]" if need.extras else need.name
    try:
        return f"{name}=={_version(need.name)}"
    except importlib.metadata.PackageNotFoundError:
        return f"{name}{need.specifier}"


def _version(name: str) -> str:
    return importlib.metadata.version(name).partition("+")[0]
