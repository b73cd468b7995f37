"""Every encoder goes through fit, save, load, export and serve, and answers alike."""

import asyncio
import json
import sys
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "modeling"))

from tiny_models import ARCHITECTURES, make_base_model, toy_set

from penstock.engines.loading import load_engine
from penstock.engines.padding import pad
from penstock.engines.scorer import TextScorer
from penstock.modeling import TransformerClassifier
from penstock.modeling.directory import save_directory
from penstock.modeling.saved import read_classifier
from penstock.scoring.http.app import App
from penstock.scoring.work.model import ServedModel

TOKENS = 16
ENGINES = ["openvino-fp32", "openvino-int8"]
# The export to ONNX takes seconds each; one architecture holds all engines.
MORE = {"bert": ["openvino-int8-weights", "onnxruntime-fp32", "onnxruntime-int8"]}


@pytest.fixture(scope="module", params=ARCHITECTURES)
def model(request, tmp_path_factory):
    """Return a fitted classifier, its directory and the engines in it."""
    folder = tmp_path_factory.mktemp(request.param)
    base = str(make_base_model(folder / "base", request.param))
    classifier = TransformerClassifier(
        base, epochs=6, batch_size=8, learning_rate=5e-3, max_length=TOKENS, device="cpu"
    )
    texts, labels = toy_set(copies=4)
    classifier.fit(texts, labels)
    names = [*ENGINES, *MORE.get(request.param, [])]
    save_directory(classifier, folder / "model", calibration_texts=texts, engine=names)
    return classifier, folder / "model", [*names, "torch"]


def ragged(left):
    """Yield batches of every length from 1 to the longest, alone and with shorter ones."""
    rng = np.random.default_rng(0)
    for longest in range(1, TOKENS + 1):
        for n_texts in (1, 3):
            lengths = [longest, *rng.integers(1, longest + 1, n_texts - 1)]
            yield pad([rng.integers(5, 20, size).tolist() for size in lengths], 0, left)


def test_each_engine_says_what_torch_says_over_ragged_lengths(model):
    classifier, folder, names = model
    left = classifier.tokenizer_.padding_side == "left"
    engines = {name: load_engine(folder, threads=1, name=name) for name in names}
    same = {name: [] for name in names}
    for ids, mask in ragged(left):
        expected = engines["torch"](ids, mask)
        for name, engine in engines.items():
            logits = engine(ids, mask)
            same[name] += (logits.argmax(axis=1) == expected.argmax(axis=1)).tolist()
            if "int8" not in name:
                np.testing.assert_allclose(logits, expected, atol=1e-4, err_msg=name)
    # Texts of random words lie near the border more often than any that a person writes.
    for name, agreed in same.items():
        assert np.mean(agreed) >= 0.75, name


def test_neighbours_in_the_batch_and_padding_change_nothing_in_fp32(model):
    classifier, folder, names = model
    left = classifier.tokenizer_.padding_side == "left"
    rows = [[7], [5, 6, 7, 8, 9, 10], [9] * TOKENS]
    for name in (name for name in names if "int8" not in name):
        engine = load_engine(folder, threads=1, name=name)
        alone = np.vstack([engine(*pad([row], 0, left)) for row in rows])
        # Three and nine texts share a row where the encoder lets them; 42 have one each.
        for times in (1, 3, 14):
            together = engine(*pad(rows * times, 0, left))
            expected = np.tile(alone, (times, 1))
            np.testing.assert_allclose(together, expected, atol=1e-4, err_msg=name)


def test_the_saved_classifier_and_every_engine_answer_as_the_fitted_one(model):
    classifier, folder, names = model
    texts = [*toy_set(copies=1)[0], "", "yes " * 40]
    expected = classifier.predict_proba(texts)
    assert np.array_equal(read_classifier(folder / "classifier").predict_proba(texts), expected)
    for name in names:
        served = TextScorer.load(folder, threads=1, engine=name).predict_proba(texts)
        if "int8" in name:
            agreed = np.mean(served.argmax(axis=1) == expected.argmax(axis=1))
            assert agreed >= 0.9, name
        else:
            np.testing.assert_allclose(served, expected, atol=1e-4, err_msg=name)


def test_the_container_serves_it(model):
    classifier, folder, _ = model
    texts = [*toy_set(copies=1)[0], ""]
    answer = asyncio.run(_ask(App(lambda: ServedModel.load(folder, threads=1)), texts))
    scores = [list(prediction["scores"].values()) for prediction in answer["predictions"]]
    np.testing.assert_allclose(scores, classifier.predict_proba(texts), atol=1e-4)


async def _ask(app, texts):
    body = json.dumps({"inputs": texts}).encode()
    sent = []

    async def receive():
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message):
        sent.append(message)

    await app.start()
    try:
        scope = {"type": "http", "method": "POST", "path": "/invocations", "headers": []}
        await app(scope, receive, send)
    finally:
        await app.stop()
    assert sent[0]["status"] == 200, sent
    return json.loads(sent[1]["body"])
