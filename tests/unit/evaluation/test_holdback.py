"""Thresholds do what was asked for, on the texts they are chosen from."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from penstock.errors import DataError, InputError
from penstock.evaluation import choose_thresholds
from penstock.filters import Pipeline, Record

CLASSES = ["no", "yes", "later"]


def texts(n: int, seed: int = 0, digits: int | None = None) -> tuple[list[str], np.ndarray]:
    """Labels and scores that are right the more often, the surer they are."""
    rng = np.random.default_rng(seed)
    scores = rng.dirichlet([0.4] * 3, n)
    if digits is not None:
        scores = np.round(scores, digits)
    labels = [CLASSES[rng.choice(3, p=row / row.sum())] for row in scores]
    return labels, scores


def answers(labels: list[str], scores: np.ndarray, block: dict) -> list[tuple[Record, str]]:
    """What the filter itself lets through."""
    records = [Record("a").scored(row, CLASSES) for row in scores]
    held = Pipeline.from_dict({"after": [block]}).after(records)
    return [(r, label) for r, label in zip(held, labels, strict=True) if r.answered]


@given(st.integers(0, 200), st.sampled_from([1, 2, None]), st.sampled_from([0.5, 0.8, 0.95, 1.0]))
def test_the_filter_has_the_precision_that_was_asked_for(seed, digits, wanted) -> None:
    labels, scores = texts(120, seed, digits)
    chosen = choose_thresholds(labels, scores, CLASSES, precision=wanted)
    let_through = answers(labels, scores, chosen.to_filter())
    for item in chosen.classes:
        given_ = [truth for record, truth in let_through if record.label == item.label]
        assert len(given_) == item.answered
        if item.reached:
            assert given_.count(item.label) >= wanted * item.answered - 1e-9
    assert len(let_through) == chosen.overall.answered


@given(st.integers(0, 200), st.sampled_from([0.1, 0.5, 0.9, 1.0]))
def test_the_filter_has_the_coverage_that_was_asked_for(seed, wanted) -> None:
    labels, scores = texts(120, seed)
    chosen = choose_thresholds(labels, scores, CLASSES, coverage=wanted)
    assert len(answers(labels, scores, chosen.to_filter())) == chosen.overall.answered
    for item in chosen.classes:
        assert item.reached
        assert wanted <= item.coverage < wanted + 1 / item.given + 1e-9


def test_the_threshold_is_the_lowest_that_will_do() -> None:
    labels = ["yes", "yes", "no", "yes", "no", "no"]
    scores = [[0.04, 0.96], [0.1, 0.9], [0.2, 0.8], [0.3, 0.7], [0.4, 0.6], [0.45, 0.55]]
    chosen = choose_thresholds(labels, scores, ["no", "yes"], precision=0.75)
    (yes,) = chosen.classes
    assert (yes.label, yes.threshold, yes.given, yes.answered) == ("yes", 0.65, 6, 4)
    assert (yes.precision.value, yes.coverage) == (0.75, pytest.approx(4 / 6))
    assert chosen.to_filter() == {
        "filter": "suppress_below",
        "threshold": 0.65,
        "classes": {"yes": 0.65},
    }


def test_equal_scores_are_let_through_together_or_not_at_all() -> None:
    labels, scores = ["yes", "yes", "no", "no", "no"], [[0.1, 0.9], *[[0.2, 0.8]] * 4]
    (yes,) = choose_thresholds(labels, scores, ["no", "yes"], precision=0.9).classes
    assert (yes.threshold, yes.answered) == (0.85, 1)


def test_a_precision_that_no_threshold_has_holds_all_back() -> None:
    labels, scores = ["no"] * 6, [[0.2, 0.8]] * 6
    chosen = choose_thresholds(labels, scores, ["no", "yes"], precision=0.9)
    (yes,) = chosen.classes
    assert (yes.threshold, yes.answered, yes.reached) == (1.0, 0, False)
    assert np.isnan(yes.precision.value)


def test_a_class_with_few_texts_has_the_common_threshold() -> None:
    labels = ["yes"] * 10 + ["no"] * 4
    scores = [[0.3, 0.7]] * 10 + [[0.9, 0.1]] * 4
    chosen = choose_thresholds(labels, scores, ["no", "yes"], precision=0.9)
    assert [item.label for item in chosen.classes] == ["yes"]
    assert "no" not in chosen.to_filter()["classes"]


@pytest.mark.parametrize(
    "goal", [{}, {"precision": 0.9, "coverage": 0.9}, {"precision": 0}, {"coverage": 1.1}]
)
def test_a_wrong_goal_is_told(goal) -> None:
    with pytest.raises(InputError, match=r"want one of|not above 0"):
        choose_thresholds(["no"], [[0.9, 0.1]], ["no", "yes"], **goal)


def test_several_labels_are_refused() -> None:
    with pytest.raises(DataError, match="thresholds of its own"):
        choose_thresholds(np.eye(2, dtype=int), np.eye(2), ["no", "yes"], precision=0.9)
