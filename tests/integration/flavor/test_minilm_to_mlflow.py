"""The true base model from fit to `mlflow models serve`."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import mlflow
import numpy as np
import pytest

from penstock import flavor
from penstock.modeling import TransformerClassifier

SAID = {
    "positive": ["Yes, let's talk on {}", "Sounds great, send me an invite for {}"],
    "objection": ["We have no budget before {}", "Too expensive for us, even in {}"],
    "referral": ["Please write to my colleague about {}", "Anna is the right person for {}"],
}
WHEN = ["Monday", "May", "June", "next week", "spring", "2026"]
ODD = ["42", "None", "['a']", "", "word " * 600, "\U0001f600", "a\0b"]


@pytest.fixture(scope="module")
def rows():
    found = [
        (text.format(when), label)
        for label, texts in SAID.items()
        for text in texts
        for when in WHEN
    ]
    return [text for text, _ in found], [label for _, label in found]


@pytest.fixture(scope="module")
def fitted(rows):
    return TransformerClassifier(epochs=3, batch_size=8).fit(*rows)


@pytest.fixture(scope="module")
def model_dir(fitted, rows, tmp_path_factory):
    path = tmp_path_factory.mktemp("minilm") / "model"
    flavor.save_model(fitted, path, calibration_texts=rows[0])
    return path


def test_learns_and_int8_agrees(fitted, rows, model_dir):
    assert fitted.score(*rows) > 0.95
    served = mlflow.pyfunc.load_model(str(model_dir)).predict(rows[0])
    assert np.mean(served == fitted.predict(rows[0])) > 0.95
    report = json.loads((model_dir / "engine/engine.json").read_text())["report"]
    if weighed := report["variants"]:  # none where too few texts were held out
        assert weighed["openvino-int8"]["size"] < 0.3 * weighed["openvino-fp32"]["size"]


def test_loaded_classifier_and_fp32_engine_equal_the_fitted_one(fitted, rows, tmp_path):
    flavor.save_model(fitted, tmp_path / "fp32", engine="fp32")
    texts = rows[0] + ODD
    expected = fitted.predict_proba(texts)
    assert np.array_equal(flavor.load_model(tmp_path / "fp32").predict_proba(texts), expected)
    scores = flavor.load_pyfunc(tmp_path / "fp32").predict(texts, {"output": "scores"})
    assert np.allclose(scores.to_numpy(), expected, atol=1e-4)


@pytest.fixture(scope="module")
def served(model_dir):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "mlflow", "models", "serve", "-m", str(model_dir)]
    command += ["--env-manager", "local", "--port", str(port), "--workers", "1"]
    # MLflow starts uvicorn by its name.
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    process = subprocess.Popen(
        command,
        env={**os.environ, "PATH": path},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        _wait(f"http://127.0.0.1:{port}/ping", process)
        yield f"http://127.0.0.1:{port}/invocations"
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(20)


@pytest.mark.parametrize(
    "body",
    [
        {"inputs": ODD},
        {"instances": ODD},
        {"dataframe_split": {"columns": ["text"], "data": [[text] for text in ODD]}},
        {"dataframe_records": [{"text": text} for text in ODD]},
        {"inputs": ODD, "params": {"output": "both", "top_k": 2}},
    ],
    ids=["inputs", "instances", "split", "records", "params"],
)
def test_mlflow_serves_it(served, model_dir, body):
    predictions = _post(served, body)["predictions"]
    expected = flavor.load_pyfunc(model_dir).predict(ODD).tolist()
    if "params" in body:
        assert all(len(row["scores"]) == 2 for row in predictions)
        predictions = [{"0": row["label"]} for row in predictions]
    assert [row["0"] if isinstance(row, dict) else row for row in predictions] == expected


def _wait(url, process):
    for _ in range(240):
        assert process.poll() is None, "the server died"
        try:
            urllib.request.urlopen(url, timeout=5)
            return
        except OSError:
            time.sleep(0.5)
    raise AssertionError("the server did not come up")


def _post(url, body):
    request = urllib.request.Request(
        url, json.dumps(body).encode(), {"Content-Type": "application/json"}
    )
    try:
        return json.load(urllib.request.urlopen(request, timeout=60))
    except urllib.error.HTTPError as error:
        raise AssertionError(error.read().decode()) from error
