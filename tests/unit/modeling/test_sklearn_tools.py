"""TransformerClassifier in scikit-learn's tools, with texts and labels of every kind."""

import datetime
import enum

import numpy as np
import pandas as pd
import pytest
import sklearn
from sklearn.exceptions import DataConversionWarning, NotFittedError
from sklearn.model_selection import GridSearchCV, cross_val_predict, cross_validate
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import FunctionTransformer
from sklearn.utils import get_tags
from sklearn.utils.validation import check_is_fitted

from penstock.errors import DataError
from penstock.modeling import TransformerClassifier


class Level(enum.IntEnum):
    LOW = 1
    HIGH = 2


class Colour(enum.StrEnum):
    BLUE = "blue"
    RED = "red"


@pytest.mark.parametrize(
    "labels",
    [
        [Level.LOW, Level.HIGH],
        [Colour.BLUE, Colour.RED],
        [np.int64(3), np.int64(5)],
        [np.str_("a"), np.str_("b")],
        [datetime.date(2026, 1, 1), datetime.date(2026, 2, 1)],
        [np.datetime64("2026-01-01"), np.datetime64("2026-02-01")],
        [pd.Timestamp("2026-01-01"), pd.Timestamp("2026-02-01")],
        [(0, "a"), (1, "b")],
        [b"no", b"yes"],
    ],
    ids=lambda labels: type(labels[0]).__name__,
)
def test_labels_of_any_type_that_sorts(make, toy, labels):
    y = [labels[label == "yes"] for label in toy[1]]
    for given in (y, pd.Series(y)):
        classifier = make(epochs=1).fit(toy[0], given)
        assert list(classifier.classes_) == labels
        assert set(classifier.predict(toy[0])) <= set(labels)
        assert len(classifier.model_.config.id2label) == 2


@pytest.mark.parametrize(
    ("y", "message"),
    [
        ([np.datetime64("2026-01-01"), np.datetime64("NaT")], "1 of 2 labels are missing"),
        ([pd.Timestamp("2026-01-01"), pd.NaT], "missing"),
        (pd.Series(["a", None], dtype="string"), "missing"),
        ([{"a"}, {"b"}], "set .* is no label; .*MultiLabelBinarizer"),
        (pd.Series([["a"], ["a", "b"]]), "list .* is no label; .*MultiLabelBinarizer"),
        ([enum.Enum("E", "a b").a, enum.Enum("E", "a b").b], "do not sort"),
    ],
    ids=str,
)
def test_labels_that_cannot_be(make, y, message):
    with pytest.raises(DataError, match=message):
        make().fit(["a", "b"], y)


@pytest.mark.parametrize(
    "wrap",
    [
        lambda x: pd.Series(x, dtype="string"),
        lambda x: pd.Series(x, dtype="str"),
        lambda x: pd.Series(x, dtype="object"),
        lambda x: pd.Series(x, dtype="category"),
        lambda x: pd.array(x, dtype="string"),
        lambda x: np.array(x, "<U100"),
        lambda x: np.array(x, np.dtypes.StringDType()),
        iter,
    ],
    ids=["string", "str", "object", "category", "array", "U", "StringDType", "iterator"],
)
def test_texts_of_any_string_type(fitted, toy, wrap):
    assert np.array_equal(fitted.predict(wrap(toy[0])), fitted.predict(toy[0]))


@pytest.mark.parametrize("text", ["42", "None", "", " ", "word " * 600, "\U0001f600", "a\0b"])
def test_text_is_text(fitted, text):
    for X in ([text], np.array([text], object), pd.Series([text])):  # noqa: N806
        assert np.array_equal(fitted.predict_proba(X), fitted.predict_proba([text]))


def test_a_column_of_labels_is_read_with_a_warning(make, toy):
    with pytest.warns(DataConversionWarning, match="column-vector"):
        make(epochs=1).fit(toy[0], np.array(toy[1])[:, None])


def test_wrong_input_is_a_value_error(make, toy, fitted):
    for call in (lambda: make(epochs=0).fit(*toy), lambda: fitted.predict([1])):
        with pytest.raises(ValueError):
            call()


def test_not_fitted_is_scikit_learns(make, toy):
    classifier = make()
    for method in ("predict", "predict_proba", "out_of_scope_score", "scores", "tokens"):
        with pytest.raises(NotFittedError):
            getattr(classifier, method)(toy[0])
    check_is_fitted(make(epochs=1).fit(*toy))


def test_tags_say_what_it_takes():
    tags = get_tags(TransformerClassifier())
    assert tags.input_tags.string and tags.input_tags.one_d_array
    assert not tags.input_tags.two_d_array
    assert tags.classifier_tags.multi_label and tags.classifier_tags.multi_class
    assert tags.target_tags.required and not tags.non_deterministic


def test_cross_val_predict_and_search_over_long_text(make, toy):
    texts, labels = np.array(toy[0], object), np.array(toy[1])
    found = cross_val_predict(make(epochs=2), texts, labels, cv=2, method="predict_proba")
    assert found.shape == (len(texts), 2)
    grid = {"long_text": ["head", "windows"], "class_weight": [None, "balanced"]}
    search = GridSearchCV(make(epochs=1), grid, cv=2, scoring="neg_log_loss").fit(texts, labels)
    assert len(search.cv_results_["mean_test_score"]) == 4


def test_pipeline_with_pandas_output(make, toy):
    lower = FunctionTransformer(lambda frame: frame.map(str.lower))
    pipeline = Pipeline([("lower", lower), ("classifier", make(epochs=1))])
    pipeline.set_output(transform="pandas")
    frame = pd.DataFrame({"text": toy[0]})
    assert pipeline.fit(frame, toy[1]).predict_proba(frame).shape == (len(frame), 2)


def test_sample_weight_is_routed(make, toy):
    texts, labels = np.array(toy[0], object), np.array(toy[1])
    only_no = np.where(labels == "no", 1.0, 1e-3)
    with sklearn.config_context(enable_metadata_routing=True):
        classifier = make(epochs=3, validation_share=0).set_fit_request(sample_weight=True)
        classifier.set_score_request(sample_weight=False)
        found = cross_validate(
            classifier, texts, labels, params={"sample_weight": only_no}, return_estimator=True
        )
    said = np.concatenate([one.predict(texts) for one in found["estimator"]])
    assert (said == "no").mean() > 0.9


def test_several_labels_in_cross_validation(make, toy):
    texts = np.array(toy[0], object)
    y = np.column_stack([np.array(toy[1]) == "yes", np.char.find(np.array(toy[0]), "me") >= 0])
    found = cross_val_predict(make(epochs=1), texts, y.astype(int), cv=2)
    assert found.shape == y.shape and set(np.unique(found)) <= {0, 1}
