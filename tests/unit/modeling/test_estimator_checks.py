"""scikit-learn's own estimator checks, all of them.

They fit on numbers, so for an estimator of text scikit-learn runs next to none. Here numbers are
written as words first, as a text vectorizer's checks would need, and then all are run.
"""

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.utils.estimator_checks import estimator_checks_generator
from sklearn.utils.validation import check_array, check_is_fitted, validate_data
from tiny_models import make_base_model

from penstock.modeling import TransformerClassifier

NOT_APPLICABLE = {
    "check_sample_weight_equivalence_on_dense_data": (
        "training draws batches at random, so a text of weight 2 is not a text that comes twice"
    ),
    "check_array_api_input": "text is in no array namespace; scikit-learn skips it here",
    "check_classifiers_multilabel_output_format_decision_function": (
        "there is no decision_function; scikit-learn skips it"
    ),
}
"""Checks that are not run, and why not."""


class Numbers(TransformerClassifier):
    """Takes rows of numbers: each becomes a text with one word for each number."""

    def fit(self, X, y=None, sample_weight=None):  # noqa: N803
        return super().fit(_words(validate_data(self, X)), y, sample_weight)

    def predict_proba(self, X):  # noqa: N803
        return super().predict_proba(self._texts(X))

    def _texts(self, X):  # noqa: N803
        check_is_fitted(self)
        return _words(validate_data(self, X, reset=False))

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.string = tags.input_tags.one_d_array = False
        tags.input_tags.two_d_array = True
        return tags


def _words(numbers):
    steps = np.clip(np.round(np.asarray(check_array(numbers), float) * 2), -9, 9).astype(int)
    return [" ".join(_word(*cell) for cell in enumerate(row)) for row in steps]


def _word(column, step):
    return f"c{column}v{step}".replace("-", "m")


def _name(check):
    inner = check.func
    return inner.func.__name__ if hasattr(inner, "func") else inner.__name__


@pytest.fixture(scope="module")
def numbers(tmp_path_factory):
    words = {_word(column, step) for column in range(20) for step in range(-9, 10)}
    base = make_base_model(tmp_path_factory.mktemp("numbers"), words=sorted(words))
    return Numbers(str(base), learning_rate=5e-3, max_length=64, device="cpu")


CHECKS = list(dict.fromkeys(_name(check) for _, check in estimator_checks_generator(Numbers())))


@pytest.mark.parametrize("name", [name for name in CHECKS if name not in NOT_APPLICABLE])
def test_check_passes(numbers, name):
    learns = clone(numbers).set_params(epochs=12 if name == "check_classifiers_train" else 5)
    for estimator, check in estimator_checks_generator(learns):
        if _name(check) == name:
            check(estimator)


def test_only_checks_that_there_are_stand_in_the_table():
    assert set(NOT_APPLICABLE) <= set(CHECKS)
    assert len(CHECKS) - len(NOT_APPLICABLE) >= 50
