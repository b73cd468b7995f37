"""Filters and classifier as steps of scikit-learn's Pipeline."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import Pipeline as SklearnPipeline
from sklearn.pipeline import make_pipeline

from penstock.errors import ConfigError, DataError, InputError
from penstock.filters import Pipeline, Record
from penstock.modeling import wrapped

SPEC = {
    "before": [
        {"filter": "drop_auto_replies"},
        {"filter": "cut_reply"},
        {"filter": "limit_size", "max_characters": 200},
        {"filter": "cache"},
    ],
    "after": [
        {"filter": "suppress_below", "threshold": 0.5},
        {"filter": "map_labels", "labels": {"yes": "Go"}},
    ],
}
TEXTS = ["yes please do", "no thanks", "yes of course", "no never"] * 6
LABELS = ["yes", "no", "yes", "no"] * 6


def bag() -> SklearnPipeline:
    return make_pipeline(TfidfVectorizer(), LogisticRegression())


def test_it_is_a_pipeline_of_the_very_same_filters() -> None:
    filters = Pipeline.from_dict(SPEC)
    made = wrapped(bag(), filters)
    assert type(made) is SklearnPipeline
    assert list(made.named_steps) == [
        *("records", "drop_auto_replies", "cut_reply", "limit_size", "cache"),
        *("classifier", "cache_2", "suppress_below", "map_labels", "answers"),
    ]
    assert made.named_steps["cut_reply"].filter_ is filters.filters[1]
    assert made.named_steps["cache"].filter_ is made.named_steps["cache_2"].filter_


def test_fit_learns_from_what_the_filters_leave() -> None:
    seen: list[str] = []

    class Spy(LogisticRegression):
        def fit(self, texts, y):
            seen.extend(texts)
            return super().fit([[len(text)] for text in texts], y)

    quoted = "yes\n\nOn 4 Mar 2024, Ann wrote:\n> no"
    auto = Record("I am away.", {"auto-submitted": "auto-replied"})
    made = wrapped(Spy(), SPEC).fit([Record(quoted), auto, Record("no")], ["yes", "no", "no"])
    assert seen == ["yes", "no"]
    assert made.classes_.tolist() == ["no", "yes"]


def test_it_predicts_labels_scores_and_records() -> None:
    made = wrapped(bag(), SPEC).fit(TEXTS, LABELS)
    texts = ["yes please", "no never", "x" * 201]
    assert made.predict(texts).tolist() == ["Go", "no", None]
    records = made.transform(texts)
    assert [r.status for r in records] == ["cached", "cached", "not_scored"]
    assert records[2].reason == "201 characters, limit 200"
    proba = made.predict_proba(texts)
    # `map_labels` renamed a class: it has no score under its old name.
    assert proba.shape == (3, 2)
    assert np.isnan(proba).tolist() == [[False, True], [False, True], [True, True]]
    assert made.predict([]).shape == (0,)
    assert made.predict_proba([]).shape == (0, 2)


def test_a_fitted_classifier_needs_no_fit() -> None:
    classifier = bag().fit(TEXTS, LABELS)
    plain = {"after": [{"filter": "suppress_below", "threshold": 0.0}]}
    made = wrapped(classifier, plain)
    assert made.classes_.tolist() == ["no", "yes"]
    np.testing.assert_array_equal(made.predict_proba(TEXTS), classifier.predict_proba(TEXTS))
    assert made.predict(TEXTS).tolist() == classifier.predict(TEXTS).tolist()


def test_another_fit_is_not_answered_from_the_cache_of_the_first() -> None:
    made = wrapped(bag(), {"before": [{"filter": "cache"}]})
    made.fit(TEXTS, LABELS)
    assert made.predict(["yes please"]).tolist() == ["yes"]
    made.fit(TEXTS, ["no" if label == "yes" else "yes" for label in LABELS])
    assert made.predict(["yes please"]).tolist() == ["no"]


def test_it_works_in_the_tools_of_scikit_learn() -> None:
    spec = {**SPEC, "after": [{"filter": "suppress_below", "threshold": 0.5}]}
    made = wrapped(bag(), spec)
    assert cross_val_score(made, TEXTS, LABELS, cv=3).tolist() == [1.0, 1.0, 1.0]
    search = GridSearchCV(made, {"suppress_below__threshold": [1.0, 0.1]}, cv=3)
    search.fit(TEXTS, LABELS)
    assert search.best_params_ == {"suppress_below__threshold": 0.1}
    again = pickle.loads(pickle.dumps(search.best_estimator_))
    assert again.predict(["yes please"]).tolist() == ["yes"]
    copy = clone(made).set_params(limit_size__max_characters=3)
    assert made.get_params()["limit_size__max_characters"] == 200
    copy.fit([*TEXTS[:2], "yes", "no"], ["yes", "no"] * 2)
    assert copy.predict(["yes please"]).tolist() == [None]


def test_data_frames_and_arrays_of_text_work() -> None:
    import pandas as pd

    made = wrapped(bag(), SPEC).fit(pd.Series(TEXTS), pd.Series(LABELS))
    assert made.predict(np.array(TEXTS[:2], object)).tolist() == ["Go", "no"]


def test_wrong_input_is_told() -> None:
    made = wrapped(bag(), SPEC)
    with pytest.raises(InputError, match=r"limit_size\.max_characters: 0 is not allowed"):
        made.set_params(limit_size__max_characters=0)
    with pytest.raises(InputError, match=r"unknown parameter 'sze'"):
        made.set_params(limit_size__sze=1)
    with pytest.raises(ConfigError, match="did you mean 'cut_reply'"):
        wrapped(bag(), {"before": [{"filter": "cut_replies"}]})
    with pytest.raises(DataError):
        made.fit([1, 2], ["yes", "no"])


def test_a_transformer_counts_its_own_tokens(fitted) -> None:
    made = wrapped(fitted, {"before": [{"filter": "limit_size", "max_tokens": 2}]})
    assert [r.status for r in made.transform(["yes please", "yes please yes please"])] == [
        "scored",
        "not_scored",
    ]
