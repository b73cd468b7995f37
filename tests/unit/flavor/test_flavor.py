"""The MLflow flavor: what is saved is what is loaded, logged and served."""

import json
import shutil
from pathlib import Path

import mlflow
import numpy as np
import pandas as pd
import pytest
import yaml

from penstock import flavor
from penstock.artifacts.manifest import classifier_digest, digest, verify, write_manifest
from penstock.errors import (
    ConfigError,
    DataError,
    InputError,
    IntegrityError,
    NotFoundError,
    PenstockError,
)
from penstock.modeling import TransformerClassifier

TEXTS = [
    "42", "None", "['a']", "", "yes " * 600, "\U0001f600 yes", "a\0b", "nan", "true", "1e5", " no"
]  # fmt: skip
PIPELINE = {
    "before": [{"filter": "refuse_oversize", "max_characters": 1000}],
    "after": [{"filter": "suppress_below", "threshold": 0.0}],
}


@pytest.fixture(scope="session")
def saved(fitted, tmp_path_factory):
    path = tmp_path_factory.mktemp("saved") / "model"
    flavor.save_model(fitted, path, provenance={"format": 1, "commit": "abc"})
    return path


@pytest.fixture(scope="session")
def torch_only(fitted, tmp_path_factory):
    path = tmp_path_factory.mktemp("torch") / "model"
    flavor.save_model(fitted, path, engine=None)
    return path


@pytest.fixture(scope="session")
def wrapped(saved, tmp_path_factory):
    path = tmp_path_factory.mktemp("wrapped") / "model"
    flavor.save_wrapped(saved, path, PIPELINE)
    return path


@pytest.fixture
def tracking(tmp_path):
    before = mlflow.get_tracking_uri()
    mlflow.set_tracking_uri(f"sqlite:///{tmp_path / 'mlflow.db'}")
    mlflow.set_experiment(
        experiment_id=mlflow.create_experiment("it", (tmp_path / "artifacts").as_uri())
    )
    yield
    mlflow.set_tracking_uri(before)


def test_layout_is_that_of_the_architecture(saved):
    files = {path.relative_to(saved).as_posix() for path in saved.rglob("*") if path.is_file()}
    assert files == {
        "MLmodel",
        "requirements.txt",
        "conda.yaml",
        "python_env.yaml",
        "input_example.json",
        "serving_input_example.json",
        "classifier/config.json",
        "classifier/model.safetensors",
        "classifier/tokenizer.json",
        "classifier/tokenizer_config.json",
        "classifier/classifier.json",
        "engine/engine.json",
        "engine/openvino-fp32/model.xml",
        "engine/openvino-fp32/model.bin",
        "provenance.json",
        "manifest.json",
    }
    record = json.loads((saved / "classifier/classifier.json").read_text())
    assert record["format"] == 2 and record["classes"] == ["no", "yes"]
    verify(saved)


def test_saving_twice_gives_the_same_digest(torch_only, fitted, tmp_path):
    flavor.save_model(fitted, tmp_path / "again", engine=None)
    assert digest(tmp_path / "again") == digest(torch_only)


def test_loaded_classifier_is_the_saved_one(saved, fitted):
    loaded = flavor.load_model(saved)
    assert isinstance(loaded, TransformerClassifier)
    assert np.array_equal(loaded.predict_proba(TEXTS), fitted.predict_proba(TEXTS))
    assert {**loaded.get_params(), "device": "cpu"} == fitted.get_params()
    assert loaded.classes_.tolist() == fitted.classes_.tolist()
    assert loaded.history_ == fitted.history_


def test_plain_transformers_loads_the_classifier_folder(saved, fitted):
    from transformers import AutoModelForSequenceClassification, AutoTokenizer

    model = AutoModelForSequenceClassification.from_pretrained(saved / "classifier").eval()
    tokenizer = AutoTokenizer.from_pretrained(saved / "classifier")
    inputs = tokenizer(["yes please"], return_tensors="pt")
    assert inputs["input_ids"][0, 0] == 2
    inputs.pop("token_type_ids", None)
    best = int(model(**inputs).logits.argmax())
    assert model.config.id2label[best] == fitted.predict(["yes please"])[0]


def test_nothing_is_a_pickle(saved, wrapped):
    for path in [*saved.rglob("*"), *wrapped.rglob("*")]:
        assert path.suffix not in (".pkl", ".pickle", ".bin") or path.name == "model.bin"


CONTAINERS = {
    "list": list,
    "array": lambda x: np.array(x, object),
    "series": pd.Series,
    "frame": lambda x: pd.DataFrame({"text": x}),
    "another column": lambda x: pd.DataFrame({"body": x}),
    "dict": lambda x: {"text": x},
    "records": lambda x: [{"text": text} for text in x],
}


@pytest.mark.parametrize("name", CONTAINERS)
def test_pyfunc_takes_text_in_any_container(saved, name):
    model = mlflow.pyfunc.load_model(str(saved))
    expected = flavor.load_pyfunc(saved).predict(TEXTS)
    assert model.predict(CONTAINERS[name](TEXTS)).tolist() == expected.tolist()


def test_pyfunc_serves_what_torch_says(torch_only, fitted, tmp_path):
    flavor.save_model(fitted, tmp_path / "fp32", engine="fp32")
    expected = fitted.predict_proba(TEXTS)
    for path in (torch_only, tmp_path / "fp32"):
        scores = flavor.load_pyfunc(path).predict(TEXTS, {"output": "scores"})
        assert list(scores.columns) == ["no", "yes"]
        assert np.allclose(scores.to_numpy(), expected, atol=1e-4)


def test_one_text_and_no_text(saved):
    model = flavor.load_pyfunc(saved)
    assert model.predict("yes please").shape == (1,)
    for empty in ([], np.array([], object), pd.DataFrame({"text": []}), pd.DataFrame(), {}):
        assert model.predict(empty).shape == (0,)
    assert model.predict([], {"output": "scores"}).shape == (0, 2)
    assert model.predict([], {"output": "both"}).shape == (0, 4)


def test_params_choose_what_comes_out(saved):
    model = mlflow.pyfunc.load_model(str(saved))
    both = model.predict(TEXTS, params={"output": "both", "top_k": 1})
    assert list(both.columns) == ["label", "score", "status", "reason", "scores"]
    assert all(len(scores) == 1 for scores in both["scores"])
    assert set(both["status"]) == {"scored"}
    held_back = model.predict(TEXTS, params={"threshold": 1.0})
    assert held_back.tolist() == [None] * len(TEXTS)


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"ouput": "both"}, "did you mean 'output'"),
        ({"output": "score"}, "did you mean 'scores'"),
        ({"top_k": -1}, "params.top_k"),
        ({"threshold": 1.5}, "params.threshold"),
    ],
)
def test_bad_params_are_named(saved, params, message):
    with pytest.raises(InputError, match=message):
        flavor.load_pyfunc(saved).predict(["a"], params)


@pytest.mark.parametrize("bad", [[1], [None], pd.DataFrame({"a": ["x"], "b": ["y"]})], ids=str)
def test_what_is_not_text_is_refused(saved, bad):
    with pytest.raises(DataError):
        flavor.load_pyfunc(saved).predict(bad)


def test_wrapped_model_keeps_the_classifier_and_runs_the_filters(saved, wrapped):
    assert classifier_digest(wrapped) == classifier_digest(saved)
    assert digest(wrapped) != digest(saved)
    answer = mlflow.pyfunc.load_model(str(wrapped)).predict(TEXTS)
    assert list(answer.columns) == ["label", "score", "status", "reason"]
    expected = ["not_scored" if len(text) > 1000 else "scored" for text in TEXTS]
    assert answer["status"].tolist() == expected


def test_wrapping_again_keeps_the_pipeline_and_adds_files(wrapped, tmp_path):
    (tmp_path / "wheels").mkdir()
    (tmp_path / "wheels" / "a.whl").write_bytes(b"wheel")
    (tmp_path / "lock").write_text("a==1")
    extra = {"wheels": tmp_path / "wheels", "requirements.lock": tmp_path / "lock"}
    flavor.save_wrapped(wrapped, tmp_path / "packaged", extra_files=extra)
    names = {file.path for file in verify(tmp_path / "packaged")}
    assert {"wheels/a.whl", "requirements.lock", "pipeline.yaml"} <= names
    text = (tmp_path / "packaged" / "pipeline.yaml").read_text()
    assert text == (wrapped / "pipeline.yaml").read_text()
    assert yaml.safe_load(text)["before"][0]["max_characters"] == 1000


def test_what_wrapping_refuses(saved, wrapped, tmp_path):
    with pytest.raises(ConfigError):
        flavor.save_wrapped(saved, tmp_path / "a", {"before": [{"filter": "no_such_filter"}]})
    with pytest.raises(NotFoundError, match=r"no pipeline\.yaml"):
        flavor.save_wrapped(saved, tmp_path / "b")
    with pytest.raises(InputError, match="not empty"):
        flavor.save_wrapped(saved, wrapped, PIPELINE)
    (tmp_path / "weights").write_bytes(b"others")
    extra = {"classifier/model.safetensors": tmp_path / "weights"}
    with pytest.raises(IntegrityError, match="classifier digest"):
        flavor.save_wrapped(saved, tmp_path / "c", PIPELINE, extra_files=extra)


@pytest.mark.parametrize(
    ("name", "load"),
    [
        ("classifier/model.safetensors", flavor.load_model),
        ("classifier/classifier.json", flavor.load_pyfunc),
        ("engine/openvino-fp32/model.bin", flavor.load_pyfunc),
        ("pipeline.yaml", flavor.load_pyfunc),
    ],
)
def test_a_changed_byte_is_found_before_it_is_read(wrapped, tmp_path, name, load):
    copy = shutil.copytree(wrapped, tmp_path / "copy")
    content = bytearray((copy / name).read_bytes())
    content[len(content) // 2] ^= 1
    (copy / name).write_bytes(content)
    with pytest.raises(IntegrityError, match="sha256"):
        load(copy)


def test_newer_formats_are_refused(saved, tmp_path):
    copy = shutil.copytree(saved, tmp_path / "copy")
    record = json.loads((copy / "classifier/classifier.json").read_text())
    (copy / "classifier/classifier.json").write_text(json.dumps({**record, "format": 3}))
    write_manifest(copy)
    for load in (flavor.load_model, flavor.load_pyfunc):
        with pytest.raises(PenstockError, match=r"format 3 is unknown.*upgrade penstock"):
            load(copy)
    shutil.copytree(saved, copy, dirs_exist_ok=True)
    text = (copy / "MLmodel").read_text()
    (copy / "MLmodel").write_text(text.replace("format: 1", "format: 9"))
    with pytest.raises(IntegrityError, match="format 9 is unknown"):
        flavor.load_model(copy)


def test_models_of_other_flavors_and_empty_folders_are_refused(saved, tmp_path):
    with pytest.raises(NotFoundError):
        flavor.load_model(tmp_path)
    copy = shutil.copytree(saved, tmp_path / "copy")
    text = (copy / "MLmodel").read_text()
    (copy / "MLmodel").write_text(text.replace("  penstock:", "  another:"))
    with pytest.raises(NotFoundError, match="not a Penstock model"):
        flavor.load_pyfunc(copy)


def test_saving_over_a_model_is_refused(saved, fitted):
    with pytest.raises(InputError, match="not empty"):
        flavor.save_model(fitted, saved)


def test_labels_that_json_lacks_are_refused(make, toy, tmp_path):
    labels = [(label, 1) for label in toy[1]]
    classifier = make(epochs=1).fit(toy[0], labels)
    with pytest.raises(DataError, match="labels of type tuple"):
        flavor.save_model(classifier, tmp_path / "model", engine=None)


@pytest.mark.parametrize("labels", [(0, 1), (False, True), (2.0, 5.0)])
def test_labels_keep_their_type(make, toy, tmp_path, labels):
    weight = {labels[0]: 2.0}
    y = [labels[label == "yes"] for label in toy[1]]
    classifier = make(epochs=1, class_weight=weight).fit(toy[0], y)
    flavor.save_model(classifier, tmp_path / "model", engine="fp32")
    loaded = flavor.load_model(tmp_path / "model")
    assert loaded.classes_.dtype == classifier.classes_.dtype
    assert loaded.class_weight == weight
    served = flavor.load_pyfunc(tmp_path / "model").predict(toy[0]).tolist()
    assert served == classifier.predict(toy[0]).tolist()
    assert type(served[0]) is type(labels[0])


def test_log_model_registers_and_loads_by_alias(tracking, fitted):
    with mlflow.start_run() as run:
        info = flavor.log_model(
            fitted, registered_model_name="intent", engine="fp32", tags={"form": "trained"}
        )
    client = mlflow.MlflowClient()
    client.set_registered_model_alias("intent", "staging", "1")
    version = client.get_model_version("intent", "1")
    assert (version.run_id, version.tags) == (run.info.run_id, {"form": "trained"})
    expected = fitted.predict(TEXTS).tolist()
    for uri in ("models:/intent/1", "models:/intent@staging", info.model_uri):
        assert flavor.load_model(uri).predict(TEXTS).tolist() == expected
    model = mlflow.pyfunc.load_model("models:/intent@staging")
    assert model.predict(TEXTS).tolist() == expected
    assert model.metadata.signature.params is not None


def test_log_directory_keeps_every_byte(tracking, wrapped):
    with mlflow.start_run():
        info = flavor.log_directory(wrapped, registered_model_name="intent-wrapped")
    assert str(info.registered_model_version) == "1"
    local = mlflow.artifacts.download_artifacts("models:/intent-wrapped/1")

    assert digest(Path(local)) == digest(wrapped)
    verify(Path(local))
    assert len(mlflow.pyfunc.load_model("models:/intent-wrapped/1").predict(["yes"])) == 1


def test_requirements_are_pinned_and_torch_is_only_asked_for_when_it_serves(saved, torch_only):
    light = (saved / "requirements.txt").read_text().splitlines()
    heavy = (torch_only / "requirements.txt").read_text().splitlines()
    assert all("==" in line for line in light + heavy)
    assert not any(line.startswith("torch==") for line in light)
    assert any(line.startswith("torch==") for line in heavy)


def test_onnx_runtime_is_asked_for_where_it_serves(fitted, tmp_path):
    flavor.save_model(fitted, tmp_path / "model", engine="onnxruntime-fp32")
    needed = (tmp_path / "model" / "requirements.txt").read_text()
    assert "onnxruntime==" in needed and "torch==" not in needed


def test_serving_from_the_engine_does_not_import_torch(saved):
    import subprocess
    import sys

    code = (
        "import sys\nfrom penstock import flavor\n"
        f"flavor.load_pyfunc({str(saved)!r}).predict(['a'])\n"
        "sys.exit(any(name in sys.modules for name in ('torch', 'transformers')))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_tokenizer_names_its_padding_and_cuts_nothing(saved):
    record = json.loads((saved / "classifier/tokenizer.json").read_text())
    assert (record["padding"]["pad_id"], record["padding"]["pad_token"]) == (0, "[PAD]")
    assert record["truncation"] is None
