"""Models saved by an older Penstock keep loading; what a signature says is what comes out."""

import json
import shutil

import mlflow
import numpy as np
import pytest
import yaml

from penstock import flavor
from penstock.artifacts.manifest import write_manifest
from penstock.engines import graphs

OLD_RECORD = {"format", "classes", "max_length", "temperature", "parameters", "history"}
OLD_PARAMETERS = {"base_model", "epochs", "learning_rate", "batch_size", "max_length", "device"}


@pytest.fixture
def older(fitted, tmp_path, monkeypatch):
    """A directory as the first Penstock wrote it."""
    monkeypatch.setattr(graphs, "reads_first", lambda model: False)  # its graphs took a text a row
    flavor.save_model(fitted, tmp_path / "new", engine="fp32")
    path = shutil.copytree(tmp_path / "new", tmp_path / "old")
    record = json.loads((path / "classifier/classifier.json").read_text())
    kept = {name: record["parameters"][name] for name in OLD_PARAMETERS}
    old = {name: record[name] for name in OLD_RECORD} | {"format": 1, "parameters": kept}
    (path / "classifier/classifier.json").write_text(json.dumps(old))
    for name in ("model.xml", "model.bin"):
        (path / "engine/openvino-fp32" / name).rename(path / "engine" / name)
    (path / "engine/openvino-fp32").rmdir()
    engine = {"format": 1, "engine": "openvino", "precision": "fp32", "graph": "model.xml"}
    engine |= {"inputs": ["input_ids", "attention_mask"], "report": {}}
    (path / "engine/engine.json").write_text(json.dumps(engine))
    (path / "conda.yaml").unlink()
    model = yaml.safe_load((path / "MLmodel").read_text())
    model["flavors"]["python_function"]["env"] = {"virtualenv": "python_env.yaml"}
    (path / "MLmodel").write_text(yaml.safe_dump(model))
    write_manifest(path)
    return path


def test_a_first_format_model_answers_as_it_did(older, fitted, toy):
    expected = fitted.predict_proba(toy[0])
    assert np.array_equal(flavor.load_model(older).predict_proba(toy[0]), expected)
    model = mlflow.pyfunc.load_model(str(older))
    assert str(model.metadata.signature.outputs.inputs[0].type) == "DataType.string"
    scores = model.predict(toy[0], params={"output": "scores"})
    assert np.allclose(scores.to_numpy(), expected, atol=1e-4)


def test_several_labels_come_out_as_the_signature_says(make, toy, tmp_path):
    texts, rows = toy[0], list(zip(*toy, strict=True))
    targets = np.array([[label == "yes", "a" in text.split()] for text, label in rows], int)
    classifier = make(epochs=2).fit(texts, targets)
    flavor.save_model(classifier, tmp_path / "model", engine="fp32")
    model = mlflow.pyfunc.load_model(str(tmp_path / "model"))
    assert str(model.metadata.signature.outputs.inputs[0].type) == "Array(string)"
    given = model.predict(texts).tolist()
    assert all(isinstance(row, list) for row in given)
    assert [sorted(row) for row in given] == [
        np.flatnonzero(row).tolist() for row in classifier.predict(texts)
    ]
