"""TransformerClassifier as scikit-learn sees it."""

import numpy as np
import pandas as pd
import pytest
import torch
from sklearn.base import clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import FunctionTransformer
from sklearn.utils import estimator_checks

from penstock.errors import InputError
from penstock.modeling import TransformerClassifier

# For text input scikit-learn itself runs only `check_estimator_cloneable`. These are the others
# that build no numeric X; those left out all fit on numbers, which text input refuses.
CHECKS = [
    "check_do_not_raise_errors_in_init_or_set_params",
    "check_estimator_cloneable",
    "check_estimator_repr",
    "check_estimator_tags_renamed",
    "check_get_params_invariance",
    "check_mixin_order",
    "check_no_attributes_set_in_init",
    "check_parameters_default_constructible",
    "check_set_params",
    "check_valid_tag_types",
]


@pytest.mark.parametrize("name", CHECKS)
def test_estimator_check_passes(name):
    getattr(estimator_checks, name)("TransformerClassifier", TransformerClassifier())


def test_learns_the_toy_set(fitted, toy):
    assert fitted.score(*toy) > 0.9
    assert fitted.classes_.tolist() == ["no", "yes"]
    proba = fitted.predict_proba(toy[0])
    assert proba.shape == (len(toy[0]), 2)
    assert np.allclose(proba.sum(axis=1), 1, atol=1e-5)


def test_history_has_losses_and_validation_for_each_epoch(fitted):
    assert [row["epoch"] for row in fitted.history_] == list(range(1, 11))
    keys = {"epoch", "loss", "learning_rate", "seconds", "texts_per_second"}
    keys |= {"validation_loss", "validation_accuracy"}
    assert all(row.keys() == keys for row in fitted.history_)
    assert fitted.history_[-1]["loss"] < fitted.history_[0]["loss"]


def test_same_seed_gives_same_scores_and_another_seed_others(make, toy):
    first, second, other = (
        make(seed=seed, epochs=2).fit(*toy).predict_proba(toy[0]) for seed in (1, 1, 2)
    )
    assert np.array_equal(first, second)
    assert not np.array_equal(first, other)


def test_fit_leaves_the_global_random_state_alone(make, toy):
    torch.manual_seed(3)
    expected = torch.rand(1)
    torch.manual_seed(3)
    make(epochs=1).fit(*toy)
    assert torch.equal(torch.rand(1), expected)


def test_clone_gives_an_unfitted_twin(fitted):
    twin = clone(fitted)
    assert twin.get_params() == fitted.get_params()
    with pytest.raises(NotFittedError):
        twin.predict(["yes"])


def test_works_in_pipeline(make, toy):
    lower = FunctionTransformer(lambda texts: [text.lower() for text in texts])
    pipeline = Pipeline([("lower", lower), ("classifier", make(epochs=1))]).fit(*toy)
    assert pipeline.predict_proba(["YES PLEASE"]).shape == (1, 2)
    pipeline.set_params(classifier__epochs=2)
    assert pipeline.get_params()["classifier__epochs"] == 2


def test_works_in_cross_validation_and_grid_search(make, toy):
    texts, labels = np.array(toy[0], object), np.array(toy[1])
    assert cross_val_score(make(epochs=1), texts, labels, cv=2).shape == (2,)
    search = GridSearchCV(make(), {"epochs": [1, 6]}, cv=2).fit(texts, labels)
    assert search.best_params_ == {"epochs": 6}


def test_works_in_calibrated_classifier(make, toy):
    texts = np.array(toy[0], object)
    calibrated = CalibratedClassifierCV(make(epochs=2), cv=2).fit(texts, toy[1])
    assert calibrated.predict_proba(texts[:3]).shape == (3, 2)


@pytest.mark.parametrize(
    "wrap",
    [
        list,
        tuple,
        np.array,
        pd.Series,
        lambda x: np.array(x, object),
        lambda x: np.array(x, object)[:, None],
        lambda x: pd.Series(x, index=range(100, 100 + len(x))),
        lambda x: pd.DataFrame({"text": x}),
    ],
    ids=["list", "tuple", "U", "series", "object", "column", "index", "frame"],
)
def test_takes_texts_in_any_container(fitted, toy, wrap):
    assert np.array_equal(fitted.predict(wrap(toy[0])), fitted.predict(toy[0]))


@pytest.mark.parametrize(
    "labels",
    [(0, 1), (False, True), (2.0, 5.0), ("no", "yes"), ((0, "a"), (1, "b"))],
    ids=["int", "bool", "float", "str", "tuple"],
)
def test_takes_labels_of_any_sortable_type(make, toy, labels):
    y = [labels[label == "yes"] for label in toy[1]]
    classifier = make(epochs=1).fit(toy[0], y)
    assert classifier.classes_.tolist() == list(labels)
    assert set(classifier.predict(toy[0]).tolist()) <= set(labels)


def test_pandas_labels_and_categories(make, toy):
    for dtype in ("object", "category", "str"):
        classifier = make(epochs=1).fit(toy[0], pd.Series(toy[1], dtype=dtype))
        assert classifier.classes_.tolist() == ["no", "yes"]


def test_empty_list_of_texts(fitted):
    assert fitted.predict([]).shape == (0,)
    assert fitted.predict_proba([]).shape == (0, 2)


@pytest.mark.parametrize(
    "text", ["42", "None", "['a']", "", "word " * 600, "\U0001f600", "a\0b", "\ud83d", " "]
)
def test_any_text_is_scored(fitted, text):
    assert fitted.predict_proba([text]).shape == (1, 2)


def test_scores_do_not_depend_on_neighbours(fitted, toy):
    together = fitted.predict_proba(toy[0])
    alone = np.vstack([fitted.predict_proba([text]) for text in toy[0]])
    assert np.allclose(together, alone, atol=1e-5)


def test_sample_weight_and_class_weight_move_the_scores(make, toy):
    texts, labels = toy
    no_only = [1.0 if label == "no" else 0.001 for label in labels]
    weighted = make(epochs=3, validation_share=0).fit(texts, labels, sample_weight=no_only)
    by_class = make(epochs=3, validation_share=0, class_weight={"yes": 0.001}).fit(texts, labels)
    assert (weighted.predict(texts) == "no").all()
    assert (by_class.predict(texts) == "no").all()
    assert np.allclose(weighted.predict_proba(texts), by_class.predict_proba(texts), atol=1e-4)


@pytest.mark.parametrize("embeddings", ["sparse", "frozen", "dense"])
def test_embedding_rows_are_updated_as_chosen(make, tiny, toy, embeddings):
    from penstock.modeling.encoder import load_encoder

    before = load_encoder(tiny).get_input_embeddings().weight
    after = make(epochs=1, embeddings=embeddings).fit(*toy).model_.get_input_embeddings().weight
    moved = (before != after).any(dim=1)
    unseen = 4  # [MASK]
    assert bool(moved.any()) == (embeddings != "frozen")
    assert bool(moved[unseen]) == (embeddings == "dense")
    assert after.requires_grad


def test_patience_stops_and_puts_the_best_weights_back(make, toy):
    classifier = make(epochs=60, patience=1, validation_share=0.3, learning_rate=0.05).fit(*toy)
    losses = [row["validation_loss"] for row in classifier.history_]
    assert len(losses) < 60
    held = classifier.validation_
    logits = torch.from_numpy(held.logits)
    kept = torch.nn.functional.cross_entropy(logits, torch.from_numpy(held.targets))
    assert float(kept) == pytest.approx(min(losses), abs=1e-5)


def test_progress_is_told_after_each_step(make, toy):
    told = []
    make(epochs=2, progress=told.append).fit(*toy)
    assert [now.step for now in told] == list(range(1, told[-1].steps + 1))
    assert told[-1].epoch == 2


def test_progress_brings_each_epoch_s_record_at_its_last_step(make, toy):
    told = []
    classifier = make(epochs=3, progress=told.append).fit(*toy)
    records = [now for now in told if now.record is not None]
    assert [now.record for now in records] == classifier.history_
    assert [now.step * 3 for now in records] == [now.steps * now.epoch for now in records]


def test_progress_bar_shows(make, toy, capsys):
    make(epochs=1, progress=True).fit(*toy)
    assert "epoch 1 of 1" in capsys.readouterr().out


def test_fit_says_nothing(make, toy, capfd):
    make(epochs=1).fit(*toy)
    assert capfd.readouterr() == ("", "")


def test_unknown_parameter_gets_a_suggestion():
    with pytest.raises(InputError, match="did you mean 'learning_rate'"):
        TransformerClassifier(learnig_rate=1e-3)
    with pytest.raises(InputError, match="did you mean 'epochs'"):
        TransformerClassifier().set_params(epoch=3)
