"""One classifier in every form that a server reads."""

from __future__ import annotations

import csv
import json
import shutil
import subprocess
import tempfile
from pathlib import Path

from peers.environment import FailedError, last_line
from peers.servers import HERE, ROOT, Files
from penstock.engines.builder import Builder
from penstock.engines.torch import load_torch_model
from penstock.flavor import save_directory
from penstock.modeling import TransformerClassifier

DATA = ROOT / "../shared/data/banking77"
TRAINED_ON = 2000
"""Texts. Speed does not depend on how well the model answers."""


def read(name: str) -> list[dict[str, str]]:
    with (DATA / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def make(folder: Path, model: Path | None) -> Files:
    """Make the forms that do not lie in the folder yet; that of MLflow comes later."""
    penstock = (model or folder / "model").resolve()
    if not penstock.exists():
        _train(penstock)
    files = Files(
        penstock=penstock,
        transformers=penstock / "classifier",
        onnx=folder / "model.onnx",
        mlflow=folder / "mlflow-model",
        mlserver=folder / "mlserver-model",
        sagemaker=folder / "sagemaker-base",
    )
    if not files.onnx.exists():
        _write_onnx(files)
    _write_mlserver(files)
    if not files.sagemaker.exists():
        shutil.copytree(files.transformers, files.sagemaker / "model")
    return files


def make_mlflow(files: Files, environment: Path) -> None:
    """Save the model with the MLflow of the environment that serves it."""
    if files.mlflow.exists():
        return
    command = [environment / "bin/python", HERE / "mlflow_model.py"]
    command += [files.transformers, files.mlflow]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise FailedError(last_line(done.stderr))


def _train(folder: Path) -> None:
    rows = read("train.csv")
    rows = rows[:: max(1, len(rows) // TRAINED_ON)]
    classifier = TransformerClassifier().set_params(epochs=1)
    classifier.fit([row["text"] for row in rows], [row["category"] for row in rows])
    save_directory(classifier, folder, engine="openvino-int8")


def _write_onnx(files: Files) -> None:
    model = load_torch_model(files.transformers)
    with tempfile.TemporaryDirectory() as scratch:
        made = Builder(model, Path(scratch)).path("onnxruntime-int8")
        shutil.copy(made, files.onnx)


def _write_mlserver(files: Files) -> None:
    extra = {"task": "text-classification", "pretrained_model": str(files.transformers)}
    settings = {
        "name": "banking",
        "implementation": "mlserver_huggingface.HuggingFaceRuntime",
        "max_batch_size": 16,
        "max_batch_time": 0.005,
        "parameters": {"extra": extra},
    }
    files.mlserver.mkdir(parents=True, exist_ok=True)
    (files.mlserver / "model-settings.json").write_text(json.dumps(settings))
