"""Knowing when not to answer: calibration, the out-of-scope score and its threshold."""

import json

import numpy as np
import pytest

from penstock.engines.scorer import TextScorer
from penstock.engines.scores import out_of_scope, probabilities
from penstock.errors import InputError
from penstock.filters import Pipeline, Record
from penstock.modeling.calibration import calibrate, calibration_error
from penstock.modeling.directory import save_directory
from penstock.modeling.saved import read_classifier
from penstock.modeling.thresholds import at_coverage, at_recall
from penstock.scoring import contract
from penstock.scoring.work.model import ServedModel


def test_temperature_lowers_the_calibration_error():
    rng = np.random.default_rng(0)
    logits = rng.normal(size=(3000, 4)).astype(np.float32)
    shares = probabilities(logits).astype(float)
    targets = np.array([rng.choice(4, p=row / row.sum()) for row in shares])
    found = calibrate(logits * 3, targets)
    assert found.n == 3000 and found.temperature == pytest.approx(3, rel=0.15)
    assert found.ece_before > 0.2 and found.ece_after < 0.05


def test_temperature_of_independent_labels():
    rng = np.random.default_rng(0)
    logits = rng.normal(size=(3000, 2)).astype(np.float32)
    targets = (rng.random((3000, 2)) < 1 / (1 + np.exp(-logits))).astype(np.float32)
    found = calibrate(logits * 3, targets)
    assert found.temperature == pytest.approx(3, rel=0.15)
    assert found.ece_before > 0.1 > 0.05 > found.ece_after


def test_calibration_error_of_a_known_case():
    assert calibration_error(np.array([0.8] * 10), np.arange(10) < 5) == pytest.approx(0.3)


def test_energy_of_known_logits():
    logits = np.array([[0, 0], [5, 0], [1000, 0]], np.float32)
    expected = [-np.log(2), -np.log(np.exp(5) + 1), -1000]
    assert np.allclose(out_of_scope(logits), expected)
    both = out_of_scope(np.array([[0, 0]], np.float32), multilabel=True)
    assert np.allclose(both, -2 * np.log(2))
    assert out_of_scope(np.empty((0, 2), np.float32)).shape == (0,)


def test_sigmoid_of_large_logits():
    scores = probabilities(np.array([[1e4, -1e4, 0]], np.float32), multilabel=True)
    assert scores.tolist() == [[1, 0, 0.5]]


@pytest.mark.parametrize("share", [0.01, 0.5, 0.95, 1.0])
@pytest.mark.parametrize("n", [1, 7, 100])
def test_thresholds_keep_what_they_promise(share, n):
    scores = np.random.default_rng(n).normal(size=n).round(1).astype(np.float32)
    assert (scores <= at_coverage(scores, share)).mean() >= share
    assert (scores > at_recall(scores, share)).mean() >= share


def test_unlike_texts_score_higher(fitted, toy):
    inside = fitted.out_of_scope_score(toy[0])
    assert inside.shape == (len(toy[0]),)
    assert fitted.oos_threshold_ is None
    threshold = fitted.choose_oos_threshold(toy[0], coverage=0.9)
    assert 0.85 <= (inside <= threshold).mean() <= 1
    assert fitted.choose_oos_threshold() == fitted.oos_threshold_  # validation, 0.95
    found = fitted.choose_oos_threshold(recall=1.0, X_out=["1 2 3 4", "who is this"])
    assert (fitted.out_of_scope_score(["1 2 3 4", "who is this"]) > found).all()
    fitted.oos_threshold_ = None  # the fixture is shared


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"coverage": 1.5}, "coverage: 1.5"),
        ({"coverage": 0}, "coverage: 0"),
        ({"recall": 0.9}, "recall: wants X_out"),
        ({"recall": 0.9, "coverage": 0.9, "X_out": ["a"]}, "no coverage beside it"),
        ({"recall": 0.9, "X_out": []}, "X_out: there are no texts"),
        ({"X_in": []}, "X_in: there are no texts"),
    ],
    ids=str,
)
def test_what_makes_no_threshold_is_named(fitted, options, message):
    with pytest.raises(InputError, match=message):
        fitted.choose_oos_threshold(**options)


def test_without_validation_texts_must_be_given(make, toy):
    classifier = make(epochs=1, validation_share=0).fit(*toy)
    assert classifier.calibration_ is None
    with pytest.raises(InputError, match="held out no texts"):
        classifier.choose_oos_threshold()


def test_threshold_is_saved_loaded_and_served(make, toy, tmp_path):
    classifier = make(epochs=2).fit(*toy)
    classifier.choose_oos_threshold(toy[0], coverage=0.5)
    save_directory(classifier, tmp_path / "model", engine="fp32")
    assert (
        read_classifier(tmp_path / "model/classifier").oos_threshold_ == classifier.oos_threshold_
    )
    scorer = TextScorer.load(tmp_path / "model")
    assert scorer.oos_threshold == classifier.oos_threshold_
    model = ServedModel(scorer, Pipeline(), {})
    records = model.predict([Record(text) for text in toy[0]])
    expected = classifier.out_of_scope_score(toy[0])
    assert np.allclose([record.out_of_scope_score for record in records], expected, atol=1e-4)
    assert 0.3 < np.mean([record.out_of_scope for record in records]) < 0.7
    answer = json.loads(contract.encode(records, {}, "1"))["predictions"][0]
    assert answer["out_of_scope"] in (True, False) and "labels" not in answer


FORMAT_1 = {
    "format": 1,
    "classes": ["no", "yes"],
    "max_length": 16,
    "temperature": 1.5,
    "parameters": {"epochs": 3, "max_length": 16, "class_weight": [["no", 2.0]]},
    "history": [{"epoch": 1.0, "loss": 0.5}],
}


def test_format_1_is_still_read(make, toy, tmp_path):
    classifier = make(epochs=1).fit(*toy)
    save_directory(classifier, tmp_path / "model", engine="fp32")
    path = tmp_path / "model/classifier/classifier.json"
    path.write_text(json.dumps(FORMAT_1))
    from penstock.artifacts.manifest import write_manifest

    write_manifest(tmp_path / "model")
    old = read_classifier(path.parent)
    assert (old.temperature_, old.epochs, old.class_weight) == (1.5, 3, {"no": 2.0})
    assert (old.multilabel_, old.thresholds_, old.oos_threshold_) == (False, None, None)
    assert (old.long_text, old.calibration_, old.truncated_) == ("head", None, 0)
    scorer = TextScorer.load(tmp_path / "model")
    assert (scorer.multilabel, scorer.long_text, scorer.oos_threshold) == (False, "head", None)
    assert np.allclose(scorer.predict_proba(toy[0]), old.predict_proba(toy[0]), atol=1e-5)
