"""MLflow's own tools on a model, unmodified: Spark, evaluate, the serving protocol."""

import importlib.util
import json
import os
import shutil
import subprocess
import sys
from io import StringIO
from pathlib import Path

import mlflow
import numpy as np
import pandas as pd
import pytest
from mlflow.exceptions import MlflowException
from mlflow.pyfunc import scoring_server

sys.path.insert(0, str(Path(__file__).parents[2] / "unit" / "modeling"))

from tiny_models import make_base_model, toy_set

from penstock import flavor
from penstock.errors import DataError
from penstock.modeling import TransformerClassifier

TEXTS = [
    "42", "None", "['a']", "", "nan", "1e5", "true", "2024-01-01", "yes " * 600, "\U0001f600 no",
    "a\0b", "null", " no", "NaT", "1", "{}", '"'
]  # fmt: skip
LOST_IN_CSV = {"", "None", "nan", "null"}


@pytest.fixture(scope="module")
def fitted(tmp_path_factory):
    base = make_base_model(tmp_path_factory.mktemp("base"))
    options = {"epochs": 4, "learning_rate": 5e-3, "batch_size": 8, "max_length": 16}
    return TransformerClassifier(str(base), **options, device="cpu").fit(*toy_set())


@pytest.fixture(scope="module")
def saved(fitted, tmp_path_factory):
    path = tmp_path_factory.mktemp("saved") / "model"
    flavor.save_model(fitted, path, engine="fp32")
    return path


@pytest.fixture(scope="module")
def model(saved):
    return mlflow.pyfunc.load_model(str(saved))


CONTAINERS = {
    "list": list,
    "tuple in a Series": lambda texts: pd.Series(tuple(texts)),
    "frame": lambda texts: pd.DataFrame({"text": texts}),
    "dict": lambda texts: {"text": texts},
    "objects": lambda texts: np.array(texts, object),
    "strings": lambda texts: np.array(texts),
}


@pytest.mark.parametrize("container", CONTAINERS)
def test_scores_of_text_are_those_of_the_classifier(model, fitted, container):
    scores = model.predict(CONTAINERS[container](TEXTS), params={"output": "scores"})
    assert np.allclose(scores.to_numpy(), fitted.predict_proba(TEXTS), atol=1e-4)


BODIES = {
    "inputs": lambda texts: {"inputs": texts},
    "instances": lambda texts: {"instances": texts},
    "dataframe_split": lambda texts: {
        "dataframe_split": {"columns": ["text"], "data": [[text] for text in texts]}
    },
    "dataframe_records": lambda texts: {"dataframe_records": [{"text": text} for text in texts]},
}


@pytest.mark.parametrize("key", BODIES)
def test_the_scoring_server_takes_text_as_text(model, fitted, key):
    body = {**BODIES[key](TEXTS), "params": {"output": "scores"}}
    answer = scoring_server.invocations(
        json.dumps(body), "application/json", model, model.metadata.get_input_schema()
    )
    rows = pd.DataFrame(json.loads(answer.response)["predictions"])
    assert np.allclose(rows.to_numpy(), fitted.predict_proba(TEXTS), atol=1e-4)


def csv(texts):
    sheet = StringIO()
    pd.DataFrame({"text": texts}).to_csv(sheet, index=False)
    return sheet.getvalue()


KEPT_IN_CSV = [text for text in TEXTS if text not in LOST_IN_CSV and text.isprintable()]


@pytest.mark.parametrize(
    "texts", [KEPT_IN_CSV, ["42", "7"], ["1e5", "0.10"], ["true", "false"], ["2024-01-01"]], ids=len
)
def test_a_column_of_csv_is_text_whatever_is_in_it(model, fitted, texts):
    schema = model.metadata.get_input_schema()
    rows = scoring_server.parse_csv_input(StringIO(csv(texts)), schema)
    assert rows["text"].tolist() == texts
    answer = scoring_server.invocations(csv(texts), "text/csv", model, schema)
    assert json.loads(answer.response)["predictions"] == fitted.predict(texts).tolist()


@pytest.mark.parametrize("text", sorted(LOST_IN_CSV))
def test_what_mlflow_reads_as_missing_in_csv_is_refused_not_guessed(model, text):
    """Its server calls ``pandas.read_csv`` with its own missing values: the text is gone."""
    rows = scoring_server.parse_csv_input(
        StringIO(csv(["yes", text])), model.metadata.get_input_schema()
    )
    with pytest.raises(DataError, match="item 1 is float"):
        model.predict(rows)


def test_a_lone_surrogate_fails_its_text_where_pandas_does_not_refuse_the_request(
    model, saved, fitted
):
    texts = ["yes\ud800please", "no"]
    scores = flavor.load_pyfunc(saved).predict(texts, {"output": "scores"})
    assert scores.iloc[0].isna().all()
    assert np.allclose(scores.iloc[1:].to_numpy(), fitted.predict_proba(texts[1:]), atol=1e-4)
    both = flavor.load_pyfunc(saved).predict(texts, {"output": "both"})
    assert both["status"].tolist() == ["not_scored", "scored"]
    with pytest.raises(MlflowException, match="surrogates"):
        model.predict(texts)  # MLflow makes a data frame of it, and pandas takes UTF-8 only


EMPTY = {
    "Series": pd.Series([], dtype=object),
    "array": np.array([], object),
    "frame": pd.DataFrame({"text": pd.Series([], dtype=object)}),
    "dict": {"text": []},
}


@pytest.mark.parametrize("container", EMPTY)
def test_no_text_gives_no_answer(model, container):
    assert len(model.predict(EMPTY[container])) == 0


def test_mlflow_itself_refuses_a_bare_empty_list(model, saved):
    """It counts columns before it asks the model, and an empty list has none."""
    with pytest.raises(MlflowException, match="missing inputs"):
        model.predict([])
    assert len(flavor.load_pyfunc(saved).predict([])) == 0


def test_the_saved_example_is_a_valid_request(model, saved):
    example = (saved / "serving_input_example.json").read_text()
    assert len(mlflow.models.validate_serving_input(str(saved), example)) == 2


def test_mlflow_evaluates_it(saved, fitted, tmp_path):
    texts, labels = toy_set()
    before = mlflow.get_tracking_uri()
    mlflow.set_tracking_uri(f"sqlite:///{tmp_path / 'mlflow.db'}")
    try:
        experiment = mlflow.create_experiment("it", (tmp_path / "artifacts").as_uri())
        with mlflow.start_run(experiment_id=experiment):
            result = mlflow.models.evaluate(
                str(saved),
                pd.DataFrame({"text": texts, "label": labels}),
                targets="label",
                model_type="classifier",
                evaluator_config={"log_explainer": False},
            )
    finally:
        mlflow.set_tracking_uri(before)
    assert result.metrics["accuracy_score"] == fitted.score(texts, labels)


@pytest.mark.skipif(not importlib.util.find_spec("pyspark"), reason="pyspark is not installed")
def test_spark_scores_with_it(saved, fitted, monkeypatch):
    from pyspark.sql import SparkSession

    source = str(Path(flavor.__file__).parents[2])
    monkeypatch.setenv("PYSPARK_PYTHON", sys.executable)
    monkeypatch.setenv("PYTHONPATH", f"{source}{os.pathsep}{os.environ.get('PYTHONPATH', '')}")
    texts = [text for text in TEXTS if text.isprintable()]
    session = (
        SparkSession.builder.master("local[1]")
        .config("spark.ui.enabled", "false")
        .config("spark.driver.bindAddress", "127.0.0.1")
        .config("spark.driver.host", "127.0.0.1")
        .config("spark.sql.shuffle.partitions", "1")
        .getOrCreate()
    )
    try:
        label = mlflow.pyfunc.spark_udf(session, str(saved), "string", env_manager="local")
        frame = session.createDataFrame([(text,) for text in texts], ["body"])
        rows = frame.select("body", label("body").alias("label")).collect()
    finally:
        session.stop()
    assert [row["body"] for row in rows] == texts
    assert [row["label"] for row in rows] == fitted.predict(texts).tolist()


CHECKOUT = Path(flavor.__file__).parents[3]
UV = Path(sys.executable).with_name("uv")


@pytest.mark.skipif(not UV.exists(), reason="uv is not installed")
def test_it_predicts_in_a_fresh_environment_without_torch(saved, fitted, tmp_path, monkeypatch):
    """A user's registry has Penstock; here a wheel of this checkout stands in for it."""
    wheels = tmp_path / "wheels"
    build = [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "-w", str(wheels)]
    subprocess.run([*build, str(CHECKOUT)], check=True, timeout=300)
    monkeypatch.setenv("PATH", f"{UV.parent}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("UV_FIND_LINKS", str(wheels))
    monkeypatch.setenv("MLFLOW_ENV_ROOT", str(tmp_path / "environments"))
    monkeypatch.delenv("PYTHONPATH", raising=False)  # the wheel is what is tested
    texts = ["42", "None", "yes please"]
    mlflow.models.predict(
        str(saved), input_data=texts, env_manager="uv", output_path=str(tmp_path / "out.json")
    )
    answer = json.loads((tmp_path / "out.json").read_text())
    assert answer["predictions"] == fitted.predict(texts).tolist()
    needed = (saved / "conda.yaml").read_text()
    assert "torch" not in needed and "transformers" not in needed
    shutil.rmtree(tmp_path / "environments", ignore_errors=True)
