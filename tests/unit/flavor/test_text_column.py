"""Which column of a frame is scored: `text`, or the only one; never another."""

import json

import mlflow
import numpy as np
import pandas as pd
import pytest
from mlflow.exceptions import MlflowException
from mlflow.models import Model
from mlflow.pyfunc import scoring_server
from mlflow.types import ColSpec, DataType, Schema

from penstock import flavor
from penstock.errors import DataError
from penstock.flavor.signature import signature_of

TEXTS = ["yes please", "no thanks", "a\0b", "42"]
OTHERS = ["no thanks", "yes please", "no", "yes"]


@pytest.fixture(scope="module")
def saved(fitted, tmp_path_factory):
    path = tmp_path_factory.mktemp("columns") / "model"
    flavor.save_model(fitted, path, engine="fp32")
    return path


@pytest.fixture(scope="module")
def before(saved, tmp_path_factory):
    """A model as an older Penstock wrote it: its column has no name."""
    import shutil

    path = shutil.copytree(saved, tmp_path_factory.mktemp("before") / "model")
    model = Model.load(str(path / "MLmodel"))
    model.signature.inputs = Schema([ColSpec(DataType.string)])
    model.save(str(path / "MLmodel"))
    return path


@pytest.fixture(params=["saved", "before"])
def model(request):
    return mlflow.pyfunc.load_model(str(request.getfixturevalue(request.param)))


@pytest.fixture(scope="module")
def expected(fitted):
    return fitted.predict(TEXTS).tolist()


FRAMES = {
    "first": pd.DataFrame({"text": TEXTS, "language": OTHERS}),
    "language, text": pd.DataFrame({"language": OTHERS, "text": TEXTS}),
    "label, text": pd.DataFrame({"label": OTHERS, "text": TEXTS}),
    "id, text": pd.DataFrame({"id": [1, 2, 3, 4], "text": TEXTS}),
    "three": pd.DataFrame({"id": [1, 2, 3, 4], "text": TEXTS, "language": OTHERS}),
    "alone": pd.DataFrame({"body": TEXTS}),
    "numbered": pd.DataFrame(TEXTS),
    "rows with an index": pd.DataFrame({"id": OTHERS, "text": TEXTS}, index=[9, 7, 5, 3]),
    "a list": TEXTS,
    "an array": np.array(TEXTS, object),
    "an array of one column": np.array(TEXTS, object).reshape(-1, 1),
    "rows of one": [[text] for text in TEXTS],
    "a Series": pd.Series(TEXTS, name="body"),
    "a dict": {"language": OTHERS, "text": TEXTS},
    "a dict of arrays": {"id": np.arange(4), "text": np.array(TEXTS, object)},
    "records": [{"id": 1, "text": text} for text in TEXTS],
}


@pytest.mark.parametrize("name", FRAMES)
def test_the_column_called_text_is_scored_and_else_the_only_one(model, saved, expected, name):
    assert model.predict(FRAMES[name]).tolist() == expected
    assert flavor.load_pyfunc(saved).predict(FRAMES[name]).tolist() == expected


REFUSED = {
    "two": (pd.DataFrame({"language": OTHERS, "Text": TEXTS}), "'language', 'Text'"),
    "two without names": (pd.DataFrame([[*pair] for pair in zip(TEXTS, OTHERS, strict=True)]), "0"),
    "text twice": (pd.DataFrame([["a", "b"]], columns=["text", "text"]), "'text', 'text'"),
    "a dict of two": ({"language": OTHERS, "body": TEXTS}, "'language', 'body'"),
    "records of two": ([{"id": 1, "body": text} for text in TEXTS], "'id', 'body'"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_several_columns_without_text_are_refused_by_name(model, saved, name):
    given, named = REFUSED[name]
    with pytest.raises(MlflowException, match=named):
        model.predict(given)
    with pytest.raises(DataError, match=f"{named}.*'text'"):
        flavor.load_pyfunc(saved).predict(given)


def records(frame):
    return frame.to_dict("records")


BODIES = {
    "split": lambda frame: {"dataframe_split": frame.to_dict("split", index=False)},
    "records": lambda frame: {"dataframe_records": records(frame)},
    "instances": lambda frame: {"instances": records(frame)},
    "inputs": lambda frame: {"inputs": records(frame)},
    "columns": lambda frame: {"inputs": frame.to_dict("list")},
}


def invoke(model, body, kind="application/json"):
    schema = model.metadata.get_input_schema()
    return json.loads(scoring_server.invocations(body, kind, model, schema).response)["predictions"]


@pytest.mark.parametrize("form", BODIES)
@pytest.mark.parametrize("name", ["language, text", "id, text", "alone"])
def test_models_serve_scores_the_column_called_text(saved, expected, form, name):
    served = mlflow.pyfunc.load_model(str(saved))
    assert invoke(served, json.dumps(BODIES[form](FRAMES[name]))) == expected


@pytest.mark.parametrize("name", ["language, text", "id, text", "alone"])
def test_models_serve_scores_the_column_of_csv_called_text(saved, fitted, name):
    model = mlflow.pyfunc.load_model(str(saved))
    frame = FRAMES[name].drop(index=2)  # pandas reads no NUL from CSV
    given = invoke(model, frame.to_csv(index=False), "text/csv")
    assert given == fitted.predict(["yes please", "no thanks", "42"]).tolist()


def test_numbers_in_a_column_of_csv_called_text_are_text(saved, fitted):
    model = mlflow.pyfunc.load_model(str(saved))
    assert invoke(model, "id,text\n1,007\n", "text/csv") == fitted.predict(["007"]).tolist()


def test_mlflow_evaluates_text_that_is_not_the_first_column(saved, toy, fitted, tmp_path):
    texts, labels = toy
    frame = pd.DataFrame({"language": ["en"] * len(texts), "label": labels, "text": texts})
    tracking = mlflow.get_tracking_uri()
    mlflow.set_tracking_uri(f"sqlite:///{tmp_path / 'mlflow.db'}")
    try:
        experiment = mlflow.create_experiment("it", (tmp_path / "artifacts").as_uri())
        with mlflow.start_run(experiment_id=experiment):
            result = mlflow.models.evaluate(
                str(saved),
                frame,
                targets="label",
                model_type="classifier",
                evaluator_config={"log_explainer": False},
            )
    finally:
        mlflow.set_tracking_uri(tracking)
    assert result.metrics["accuracy_score"] == fitted.score(texts, labels) > 0.9


def test_a_signature_of_the_users_own_is_enforced_as_it_is(fitted, tmp_path):
    own = signature_of(wrapped=False)
    own.inputs = Schema([ColSpec(DataType.string, "body")])
    flavor.save_model(fitted, tmp_path / "own", engine="fp32", signature=own)
    model = mlflow.pyfunc.load_model(str(tmp_path / "own"))
    frame = pd.DataFrame({"text": OTHERS, "body": TEXTS})
    assert model.predict(frame).tolist() == fitted.predict(TEXTS).tolist()
    with pytest.raises(MlflowException, match="missing inputs"):
        model.predict(pd.DataFrame({"text": TEXTS}))
