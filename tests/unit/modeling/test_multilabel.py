"""Several labels for a text: what goes in, what comes out, what is saved and served."""

import json
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import sparse

sys.path.insert(0, str(Path(__file__).parents[1] / "engines"))

from tiny_model import tiny_tokenizer

from penstock.engines.scorer import TextScorer
from penstock.errors import DataError
from penstock.filters import Pipeline, Record
from penstock.modeling.directory import save_directory
from penstock.modeling.indicator import rarest
from penstock.modeling.labels import Labels, holdout
from penstock.modeling.saved import read_classifier
from penstock.modeling.thresholds import label_thresholds
from penstock.modeling.weights import class_weights
from penstock.scoring import contract
from penstock.scoring.work.model import ServedModel

SAID = {"call": "call me tomorrow", "send": "send the contract", "stop": "stop writing"}


def mails(copies=40):
    """Each text says some of three things, or none; its labels are what it says."""
    rng = np.random.default_rng(0)
    y = rng.random((3 * copies, 3)) < 0.5
    said = np.array(list(SAID.values()))
    return [" ".join(["we", *said[row]]) for row in y], y.astype(int)


@pytest.fixture(scope="module")
def rows():
    return mails()


@pytest.fixture(scope="module")
def several(tiny, rows):
    from penstock.modeling import TransformerClassifier

    parameters = {
        "epochs": 40,
        "learning_rate": 2e-3,
        "batch_size": 8,
        "max_length": 16,
    }
    classifier = TransformerClassifier(str(tiny), **parameters, device="cpu", validation_share=0.3)
    return classifier.fit(rows[0], pd.DataFrame(rows[1], columns=list(SAID)))


def test_learns_and_answers_with_an_indicator(several, rows):
    given = several.predict(rows[0])
    assert given.shape == rows[1].shape and set(np.unique(given)) <= {0, 1}
    assert given.dtype.kind == "i"
    assert (given == rows[1]).mean() > 0.8  # 0.5 by chance
    assert several.score(*rows) > 0.5  # 0.125 by chance
    assert several.classes_.tolist() == list(SAID) and several.multilabel_


def test_scores_are_independent(several, rows):
    scores = several.predict_proba(rows[0])
    assert scores.shape == rows[1].shape
    assert ((scores >= 0) & (scores <= 1)).all()
    assert not np.allclose(scores.sum(axis=1), 1, atol=0.1)
    assert several.predict_proba([]).shape == (0, 3) and several.predict([]).shape == (0, 3)


def test_figures_of_each_epoch_and_thresholds(several):
    last = several.history_[-1]
    assert last["validation_micro_f1"] > 0.6 and last["validation_loss"] > 0
    assert 0 <= last["validation_accuracy"] <= 1
    assert several.thresholds_.shape == (3,)
    assert ((several.thresholds_ > 0) & (several.thresholds_ < 1)).all()
    assert several.calibration_.n == len(several.validation_.texts)


@pytest.mark.parametrize(
    "wrap",
    [np.asarray, np.ndarray.tolist, sparse.csr_matrix, sparse.csr_array, lambda y: y.astype(bool)],
    ids=["array", "lists", "matrix", "sparse", "bool"],
)
def test_takes_an_indicator_in_any_container(make, rows, wrap):
    classifier = make(epochs=1, validation_share=0).fit(rows[0], wrap(rows[1]))
    assert classifier.classes_.tolist() == [0, 1, 2]
    assert classifier.thresholds_.tolist() == [0.5] * 3
    assert classifier.model_.config.problem_type == "multi_label_classification"


def test_a_label_that_all_or_none_have(make, rows):
    y = rows[1].copy()
    y[:, 0], y[:, 1] = 0, 1
    classifier = make(epochs=1, validation_share=0.3, class_weight="balanced").fit(rows[0], y)
    assert classifier.thresholds_[:2].tolist() == [0.5, 0.5]
    assert np.isfinite(classifier.predict_proba(rows[0])).all()


@pytest.mark.parametrize(
    ("y", "message"),
    [
        ([[0, 2], [1, 0]], r"got \(2, 2\) with 2 in it.*MultiLabelBinarizer"),
        ([[0.5, 0], [1, 0]], "with 0.5"),
        ([[0, 0], [0, 0]], "no text has a label"),
        ([[0, 1]], "1 rows of labels for 2 texts"),
        ([["a", "b"], ["a"]], "different lengths.*MultiLabelBinarizer"),
        ([["a", "b"], ["a", "c"]], "MultiLabelBinarizer"),
        (pd.DataFrame([[0, 1], [1, 0]], columns=["x", "x"]), "two columns 'x'"),
        (np.array([[np.nan, 1], [1, 0]]), "nan"),
    ],
    ids=str,
)
def test_what_is_no_indicator_is_named(make, y, message):
    with pytest.raises(DataError, match=message):
        make().fit(["a", "b"], y)


def test_class_weight_moves_one_label(make, rows):
    loud = make(epochs=3, validation_share=0, class_weight={0: 50.0}).fit(*rows)
    plain = make(epochs=3, validation_share=0).fit(*rows)
    difference = loud.predict_proba(rows[0]).mean(0) - plain.predict_proba(rows[0]).mean(0)
    assert difference[0] > 0.05 > abs(difference[1:]).max() or difference[0] > 0.2


def test_balanced_weights_balance_the_answers_of_each_label():
    targets = np.array([[1, 1], [0, 1], [0, 1], [0, 0]], np.float32)
    weights = class_weights("balanced", Labels(np.arange(2), targets))
    assert weights[:, 0].tolist() == pytest.approx([2, 2 / 3, 2 / 3, 2 / 3])
    assert weights[targets[:, 1] > 0, 1].sum() == pytest.approx(weights[3, 1])


def test_holdout_leaves_a_rare_label_something_to_learn_from():
    targets = np.zeros((100, 3), np.float32)
    targets[:50, 0], targets[10:90, 1], targets[40, 2] = 1, 1, 1
    assert rarest(targets)[[0, 20, 40, 60, 95]].tolist() == [0, 0, 2, 1, -1]
    learn, held = holdout(targets, 0.2, np.random.default_rng(0))
    assert targets[learn, 2].sum() == 1 and 15 <= len(held) <= 25


def test_thresholds_have_the_best_f1():
    scores = np.array([[0.9], [0.8], [0.3], [0.2]] * 5)
    targets = np.array([[1], [1], [1], [0]] * 5)
    assert label_thresholds(scores, targets).tolist() == [pytest.approx(0.25)]
    assert label_thresholds(scores, targets * 0).tolist() == [0.5]
    assert label_thresholds(scores[:0], targets[:0]).tolist() == [0.5]


@pytest.mark.parametrize("engine", ["fp32", None])
def test_saved_loaded_and_served(several, rows, tmp_path, engine):
    from penstock import flavor

    path = tmp_path / "model"
    save_directory(several, path, engine=engine)
    loaded = read_classifier(path / "classifier")
    assert loaded.model_.config.problem_type == "multi_label_classification"
    assert loaded.multilabel_ and loaded.thresholds_.tolist() == several.thresholds_.tolist()
    assert loaded.calibration_ == several.calibration_
    assert np.array_equal(loaded.predict(rows[0]), several.predict(rows[0]))
    served = flavor.load_pyfunc(path).predict(rows[0], {"output": "both"})
    names = np.array(list(SAID))
    expected = [set(names[row > 0]) for row in several.predict(rows[0])]
    assert [set(labels) for labels in served["labels"]] == expected
    assert [label in labels or not labels for label, labels in zip(
        served["label"], served["labels"], strict=True)] == [True] * len(served)  # fmt: skip
    if engine:
        scorer = TextScorer.load(path)
        assert scorer.multilabel
        assert np.allclose(scorer.predict_proba(rows[0]), several.predict_proba(rows[0]), atol=1e-4)


def test_columns_keep_their_names_in_the_file(make, rows, tmp_path):
    columns = [1, "two", 3]
    classifier = make(epochs=1).fit(rows[0], pd.DataFrame(rows[1], columns=columns))
    save_directory(classifier, tmp_path / "model", engine=None)
    assert read_classifier(tmp_path / "model/classifier").classes_.tolist() == columns


def test_scorer_and_server_answer_with_all_labels():
    def engine(input_ids, attention_mask):
        return np.array([[2.0, 1.0, -9.0], [-9.0, -8.0, -7.0]], np.float32)[: len(input_ids)]

    scorer = TextScorer(
        tiny_tokenizer(), engine, list("abc"), max_length=8, thresholds=[0.5, 0.9, 0.5]
    )
    logits = np.array([[2.0, 1.0, -9.0], [-9.0, -8.0, -7.0]])
    assert np.allclose(scorer.predict_proba(["yes", "no"]), 1 / (1 + np.exp(-logits)))
    loose = TextScorer(
        tiny_tokenizer(), engine, list("abc"), max_length=8, thresholds=[0.5, 0.7, 0.5]
    )
    answers = {}
    for name, one in (("strict", scorer), ("loose", loose)):
        records = ServedModel(one, Pipeline(), {}).predict([Record("yes"), Record("no")])
        answers[name] = json.loads(contract.encode(records, {}, "1"))["predictions"]
    assert [answer["labels"] for answer in answers["strict"]] == [["a"], []]
    assert [answer["labels"] for answer in answers["loose"]] == [["a", "b"], []]
    assert [answer["label"] for answer in answers["loose"]] == ["a", None]
    assert answers["loose"][1]["status"] == "scored" and answers["loose"][1]["score"] > 0


def test_labels_live_through_the_cache_and_not_through_suppression():
    answer = Record("x").scored([0.9, 0.8], ["a", "b"], [0.5, 0.5])
    assert Record("x").cached("cache", answer).labels == ["a", "b"]
    assert answer.suppressed("f", "why").labels is None
