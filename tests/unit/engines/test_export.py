"""Export: the graph says what torch says, whatever the lengths and the architecture."""

import json
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

sys.path.insert(0, str(Path(__file__).parents[1] / "modeling"))

from tiny_models import ARCHITECTURES, make_base_model, toy_set

from penstock.artifacts.manifest import write_manifest
from penstock.engines.export import Variant, _choose, export_engine
from penstock.engines.openvino import OpenVINOEngine
from penstock.engines.scorer import TextScorer
from penstock.errors import InputError
from penstock.modeling import TransformerClassifier
from penstock.modeling.batches import collate, encode_texts
from penstock.modeling.directory import save_directory
from penstock.modeling.encoder import load_encoder, load_tokenizer
from penstock.modeling.saved import read_classifier


def ragged(pad_id, longest):
    rng = np.random.default_rng(0)
    for n_texts in (1, 2, 7):
        for _ in range(4):
            lengths = rng.integers(1, longest + 1, n_texts)
            yield collate([rng.integers(5, 20, size).tolist() for size in lengths], pad_id)
    yield collate([rng.integers(5, 20, longest).tolist()], pad_id)
    yield collate([[6]], pad_id)


@pytest.mark.parametrize("kind", ARCHITECTURES)
def test_fp32_graph_equals_torch_over_ragged_lengths(tmp_path, kind):
    make_base_model(tmp_path / "base", kind)
    model = load_encoder(tmp_path / "base", ["a", "b", "c"]).eval()
    export_engine(model, tmp_path / "engine", pad_id=0, precision="fp32")
    engine = OpenVINOEngine(tmp_path / "engine" / "model.xml", ["input_ids", "attention_mask"])
    for ids, mask in ragged(0, 64):
        with torch.no_grad():
            expected = model(input_ids=ids, attention_mask=mask).logits.numpy()
        assert np.allclose(engine(ids.numpy(), mask.numpy()), expected, atol=1e-4)


@pytest.mark.parametrize("kind", ARCHITECTURES)
def test_each_architecture_is_fitted_saved_loaded_and_served(tmp_path, kind, capfd):
    texts, labels = toy_set(copies=2)
    base = str(make_base_model(tmp_path / "base", kind))
    capfd.readouterr()
    classifier = TransformerClassifier(base, epochs=1, max_length=16, device="cpu")
    classifier.fit(texts, labels)
    save_directory(classifier, tmp_path / "model", engine="fp32")
    expected = classifier.predict_proba(texts)
    served = TextScorer.load(tmp_path / "model").predict_proba(texts)
    loaded = read_classifier(tmp_path / "model" / "classifier").predict_proba(texts)
    assert np.allclose(served, expected, atol=1e-4)
    assert np.array_equal(loaded, expected)
    assert capfd.readouterr() == ("", "")


@pytest.fixture(scope="module")
def parts(tmp_path_factory):
    base = make_base_model(tmp_path_factory.mktemp("base"))
    model, tokenizer = load_encoder(base, ["no", "yes"]).eval(), load_tokenizer(base)
    texts, labels = toy_set(copies=2)
    return model, encode_texts(tokenizer, texts, 16), np.array([int(x == "yes") for x in labels])


def test_int8_is_measured_and_its_choice_recorded(tmp_path, parts):
    model, encoded, targets = parts
    report = export_engine(
        model, tmp_path, pad_id=0, calibration=encoded, validation=encoded, targets=targets
    )
    spec = json.loads((tmp_path / "engine.json").read_text())
    assert spec["precision"] == report.precision
    assert spec["inputs"] == ["input_ids", "attention_mask"]
    assert set(report.variants) == {"fp32", "int8"}
    assert report.variants["int8"].texts_per_second > 0
    assert report.variants["fp32"].agreement == 1.0
    assert report.variants["int8"].agreement > 0.8
    assert spec["report"]["reason"].startswith("accuracy on validation: int8")
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "engine.json",
        "model.bin",
        "model.xml",
    ]


@pytest.mark.parametrize(
    ("int8", "precision", "chosen"),
    [
        (0.900, "auto", "int8"),
        (0.896, "auto", "int8"),
        (0.894, "auto", "fp32"),
        (None, "auto", "fp32"),
        (0.5, "int8", "int8"),
    ],
)
def test_choice_follows_validation(int8, precision, chosen):
    before = Variant(0.9, 1.0, 1, 1.0)
    variants = {"fp32": before, "int8": Variant(int8, 0.9, 1, 1.0)}
    assert _choose(variants, precision, 0.005)[0] == chosen


def test_without_texts_to_calibrate_on_it_is_fp32(tmp_path, parts):
    report = export_engine(parts[0], tmp_path, pad_id=0)
    assert (report.precision, report.reason) == ("fp32", "no texts to calibrate int8 on")
    with pytest.raises(InputError, match="calibration_texts"):
        export_engine(parts[0], tmp_path, pad_id=0, precision="int8")
    with pytest.raises(InputError, match="did you mean 'int8'"):
        export_engine(parts[0], tmp_path, pad_id=0, precision="int9")


def test_export_leaves_the_model_to_learn_on(tmp_path, parts):
    export_engine(parts[0], tmp_path / "engine", pad_id=0)
    assert all(parameter.requires_grad for parameter in parts[0].parameters())
    assert write_manifest(tmp_path).startswith("sha256:")
