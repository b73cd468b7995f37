"""``engine.json``: two formats, several engines, one that serves."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from tiny_model import build_tiny_model

from penstock.artifacts.manifest import write_manifest
from penstock.engines import engine_files, engine_name, load_engine, read_spec
from penstock.engines.scorer import TextScorer
from penstock.errors import ConfigError, IntegrityError, NotFoundError

TEXTS = ["yes please", "", "call me " * 40]


@pytest.fixture(scope="module")
def format_1(tmp_path_factory):
    """A directory as the first version wrote it, its graph in ``engine/`` itself."""
    folder = build_tiny_model(tmp_path_factory.mktemp("format-1") / "model")
    assert json.loads((folder / "engine/engine.json").read_text())["format"] == 1
    return folder


@pytest.fixture(scope="module")
def format_2(format_1, tmp_path_factory):
    """The same graph twice, under two names."""
    folder = Path(shutil.copytree(format_1, tmp_path_factory.mktemp("format-2") / "model"))
    engines = {}
    for name in ("openvino-fp32", "openvino-int8"):
        (folder / "engine" / name).mkdir()
        for file in ("model.xml", "model.bin"):
            shutil.copyfile(folder / "engine" / file, folder / "engine" / name / file)
        inputs = ["input_ids", "attention_mask"]
        engines[name] = {"path": f"{name}/model.xml", "inputs": inputs}
    for file in ("model.xml", "model.bin"):
        (folder / "engine" / file).unlink()
    spec = {"format": 2, "default": "openvino-int8", "engines": engines, "report": {}}
    (folder / "engine/engine.json").write_text(json.dumps(spec))
    write_manifest(folder)
    return folder


def test_format_1_is_read_as_one_engine(format_1):
    spec = read_spec(format_1)
    assert spec.default == "openvino-fp32"
    assert spec.engines["openvino-fp32"].path == "model.xml"
    assert TextScorer.load(format_1).predict_proba(TEXTS).shape == (3, 3)
    assert TextScorer.load(format_1, engine="openvino-fp32").predict_proba([]).shape == (0, 3)


def test_both_formats_answer_alike(format_1, format_2):
    expected = TextScorer.load(format_1).predict_proba(TEXTS)
    for name in (None, "openvino-fp32", "openvino-int8"):
        served = TextScorer.load(format_2, engine=name).predict_proba(TEXTS)
        np.testing.assert_allclose(served, expected, atol=1e-6)


def test_only_the_engine_that_serves_is_read(format_2, tmp_path):
    copy = Path(shutil.copytree(format_2, tmp_path / "copy"))
    (copy / "engine/openvino-fp32/model.bin").write_bytes(b"damaged")
    TextScorer.load(copy)
    with pytest.raises(IntegrityError, match=r"openvino-fp32/model\.bin"):
        TextScorer.load(copy, engine="openvino-fp32")


def test_names_and_files_follow_the_choice(format_1, format_2, tmp_path):
    assert engine_name(format_2) == "openvino-int8"
    assert engine_files(format_2) == ["engine/engine.json", "engine/openvino-int8/"]
    assert engine_files(format_1) == ["engine/engine.json", "engine/"]
    # Torch needs no engine.json, so a model saved without an engine can be served too.
    assert engine_files(tmp_path, "torch") == ["classifier/"]
    assert engine_name(tmp_path, "torch") == "torch"
    with pytest.raises(NotFoundError, match="torch can serve it"):
        engine_name(tmp_path)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("openvino-fp23", "did you mean 'openvino-fp32'"),
        ("onnxruntime-fp32", "only openvino-fp32, openvino-int8, torch.*engines of penstock.yaml"),
    ],
)
def test_an_engine_that_is_not_there_is_named_with_those_that_are(format_2, name, message):
    with pytest.raises(ConfigError, match=message) as caught:
        engine_name(format_2, name, where="deploy/staging.yaml, wrap.engine")
    assert caught.value.problems[0].where == "deploy/staging.yaml, wrap.engine"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"default": "openvino"}, "unknown engine 'openvino'"),
        ({"default": "onnxruntime-int8"}, "has no engine 'onnxruntime-int8'"),
        ({"engines": {"tensorrt": {"path": "x", "inputs": []}}}, "unknown engine 'tensorrt'"),
        ({"engines": {"openvino-int8": {"path": "../x", "inputs": []}}}, "not a file of engine/"),
        ({"engines": {"openvino-int8": {"path": "/x", "inputs": []}}}, "not a file of engine/"),
        ({"engines": []}, "engines"),
        ({"format": "2"}, "format"),
    ],
)
def test_a_wrong_file_says_what_is_wrong(format_2, tmp_path, change, message):
    spec = json.loads((format_2 / "engine/engine.json").read_text())
    (tmp_path / "engine").mkdir()
    (tmp_path / "engine/engine.json").write_text(json.dumps(spec | change))
    with pytest.raises(ConfigError, match=message):
        read_spec(tmp_path)


def test_a_library_that_is_not_installed_is_named_with_its_extra(format_2, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "torch", None)
    monkeypatch.delitem(__import__("sys").modules, "penstock.engines.torch", raising=False)
    with pytest.raises(NotFoundError, match=r"needs torch.*pip install 'penstock\[torch\]'"):
        load_engine(format_2, name="torch")
