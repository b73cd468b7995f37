"""Export: the folder ``engine/`` holds what was asked for and says why."""

import json
import sys
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "modeling"))

from tiny_models import make_base_model, toy_set

from penstock.artifacts.manifest import write_manifest
from penstock.engines.export import Held, export_engines
from penstock.engines.packing import INPUTS
from penstock.engines.spec import read_spec
from penstock.engines.tokens import TextTokenizer
from penstock.errors import InputError
from penstock.modeling.encoder import load_encoder, load_tokenizer


@pytest.fixture(scope="module")
def parts(tmp_path_factory):
    base = make_base_model(tmp_path_factory.mktemp("base"))
    model, tokenizer = load_encoder(base, ["no", "yes"]).eval(), load_tokenizer(base)
    texts, labels = toy_set()
    rows = TextTokenizer(tokenizer.backend_tokenizer, 16).encode(texts).rows
    return model, rows, np.array([int(x == "yes") for x in labels])


def test_int8_is_measured_and_its_choice_recorded(tmp_path, parts):
    model, encoded, targets = parts
    report = export_engines(
        model, tmp_path, pad_id=0, calibration=encoded, held=Held(encoded, targets)
    )
    spec = json.loads((tmp_path / "engine.json").read_text())
    assert spec["format"] == 2
    assert spec["default"] == report.chosen
    assert spec["engines"][report.chosen]["inputs"] == list(INPUTS)
    assert set(report.variants) == {"openvino-fp32", "openvino-int8"}
    assert report.variants["openvino-int8"].texts_per_second > 0
    assert report.variants["openvino-fp32"].agreement == 1.0
    assert report.variants["openvino-int8"].agreement > 0.8
    assert spec["report"]["reason"].startswith(f"on {len(encoded)} held-out texts int8 is")
    files = {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*.*")}
    kept = {f"{report.chosen}/model.xml", f"{report.chosen}/model.bin"}
    assert files == {"engine.json", *kept}


def test_several_engines_are_kept_and_the_first_serves(tmp_path, parts):
    names = ["openvino-int8-weights", "auto", "openvino-fp32", "torch"]
    export_engines(parts[0], tmp_path / "engine", names=names, pad_id=0)
    spec = read_spec(tmp_path)
    assert spec.default == "openvino-int8-weights"
    assert sorted(spec.engines) == ["openvino-fp32", "openvino-int8-weights"]
    assert spec.report["reason"] == "asked for"
    small = (tmp_path / "engine/openvino-int8-weights/model.bin").stat().st_size
    assert small < 0.6 * (tmp_path / "engine/openvino-fp32/model.bin").stat().st_size


def test_without_texts_to_judge_by_it_is_fp32(tmp_path, parts):
    model, encoded, targets = parts
    report = export_engines(model, tmp_path / "a", pad_id=0)
    assert (report.chosen, report.reason) == ("openvino-fp32", "no texts to calibrate int8 on")
    few = Held(encoded[:29], targets[:29])
    report = export_engines(model, tmp_path / "b", pad_id=0, calibration=encoded, held=few)
    assert report.chosen == "openvino-fp32"
    assert report.reason.startswith("29 held-out texts")


@pytest.mark.parametrize(
    ("names", "message"),
    [
        ("int8", "calibration_texts"),
        ("int9", "did you mean 'int8'"),
        (["auto", "openvno-fp32"], "did you mean 'openvino-fp32'"),
        ([], "names no engine"),
    ],
)
def test_what_cannot_be_made_is_refused(tmp_path, parts, names, message):
    with pytest.raises(InputError, match=message):
        export_engines(parts[0], tmp_path, names=names, pad_id=0)


def test_export_leaves_the_model_to_learn_on(tmp_path, parts):
    export_engines(parts[0], tmp_path / "engine", names="fp32", pad_id=0)
    assert all(parameter.requires_grad for parameter in parts[0].parameters())
    assert write_manifest(tmp_path).startswith("sha256:")
