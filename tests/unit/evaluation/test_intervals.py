"""Intervals: they cover what they should, pair what they should, and are quick."""

import time

import numpy as np
import pytest
from sklearn.metrics import f1_score, matthews_corrcoef

from penstock.errors import InputError
from penstock.evaluation import metrics
from penstock.evaluation.intervals import Interval, bootstrap, difference, mcnemar, proportion


def guesses(n: int, classes: int, share: float, seed: int = 0):
    rng = np.random.default_rng(seed)
    targets = rng.integers(0, classes, n)
    wrong = (targets + rng.integers(1, classes, n)) % classes
    return targets, np.where(rng.random(n) < share, targets, wrong)


@pytest.mark.parametrize("classes", [2, 5, 77])
def test_metrics_agree_with_scikit_learn(classes):
    targets, found = guesses(500, classes, 0.7)
    for ours, average in [
        (metrics.macro_f1, "macro"),
        (metrics.micro_f1, "micro"),
        (metrics.weighted_f1, "weighted"),
    ]:
        assert ours(targets, found) == pytest.approx(f1_score(targets, found, average=average))
    assert metrics.matthews(targets, found) == pytest.approx(matthews_corrcoef(targets, found))
    assert metrics.accuracy(targets, found) == np.mean(targets == found)


def test_metrics_of_several_labels_agree_with_scikit_learn():
    rng = np.random.default_rng(1)
    targets, found = rng.integers(0, 2, (200, 6)), rng.integers(0, 2, (200, 6))
    for ours, average in [(metrics.macro_f1, "macro"), (metrics.micro_f1, "micro")]:
        assert ours(targets, found) == pytest.approx(f1_score(targets, found, average=average))
    assert metrics.accuracy(targets, found) == np.mean((targets == found).all(axis=1))


def test_one_class_has_no_correlation():
    assert metrics.matthews(np.zeros(4, int), np.zeros(4, int)) == 0.0


def test_a_bootstrap_covers_the_truth_about_as_often_as_it_says():
    inside = 0
    for seed in range(200):
        found = bootstrap(metrics.accuracy, *guesses(200, 3, 0.8, seed), samples=200, seed=seed)
        inside += found.low <= 0.8 <= found.high
    assert 0.90 <= inside / 200 <= 0.99


def test_more_confidence_is_a_wider_interval():
    rows = guesses(300, 4, 0.7)
    narrow, wide = (bootstrap(metrics.macro_f1, *rows, confidence=c) for c in (0.5, 0.99))
    assert wide.low < narrow.low < narrow.value < narrow.high < wide.high


def test_the_same_seed_gives_the_same_interval():
    rows = guesses(100, 4, 0.7)
    assert bootstrap(metrics.macro_f1, *rows) == bootstrap(metrics.macro_f1, *rows)
    assert bootstrap(metrics.macro_f1, *rows) != bootstrap(metrics.macro_f1, *rows, seed=1)


def test_a_thousand_resamples_of_banking77_take_less_than_a_second():
    rows = guesses(3080, 77, 0.93)
    took = []
    for _ in range(3):
        started = time.perf_counter()
        bootstrap(metrics.macro_f1, *rows)
        took.append(time.perf_counter() - started)
    assert min(took) < 1.0


def test_a_paired_difference_is_narrower_than_the_figures_it_compares():
    targets, first = guesses(1000, 5, 0.8)
    second = first.copy()
    second[:30] = (targets[:30] + 1) % 5
    found = difference(metrics.accuracy, targets, first, second)
    alone = bootstrap(metrics.accuracy, targets, first)
    assert found.value == pytest.approx(np.mean(first == targets) - np.mean(second == targets))
    assert found.excludes_zero
    assert found.high - found.low < (alone.high - alone.low) / 2


def test_nothing_changes_when_both_are_swapped():
    targets, first = guesses(200, 3, 0.8)
    second = guesses(200, 3, 0.8, seed=9)[1]
    one = difference(metrics.accuracy, targets, first, second)
    other = difference(metrics.accuracy, targets, second, first)
    assert (one.value, one.low) == pytest.approx((-other.value, -other.high))


@pytest.mark.parametrize(
    ("only_first", "only_second", "p"),
    [(0, 0, 1.0), (5, 5, 1.0), (6, 0, 2 * 0.5**6), (1, 7, 2 * 9 * 0.5**8)],
)
def test_mcnemar_is_a_fair_coin(only_first, only_second, p):
    n = only_first + only_second + 4
    targets, first, second = np.zeros(n, int), np.zeros(n, int), np.zeros(n, int)
    second[:only_first] = 1
    first[only_first : only_first + only_second] = 1
    assert mcnemar(targets, first, second) == pytest.approx(p)


def test_a_row_of_several_labels_is_right_when_all_are():
    targets = np.ones((6, 2), int)
    first, second = targets.copy(), targets.copy()
    second[:, 0] = 0
    assert mcnemar(targets, first, second) == pytest.approx(2 * 0.5**6)


@pytest.mark.parametrize(
    ("successes", "trials", "low", "high"),
    [(10, 10, 0.6915, 1.0), (0, 10, 0.0, 0.3085), (8, 10, 0.4439, 0.9748)],
)
def test_a_share_of_few_texts_is_never_sure(successes, trials, low, high):
    found = proportion(successes, trials)
    assert (found.low, found.high) == pytest.approx((low, high), abs=1e-4)


def test_a_share_of_nothing_is_no_number():
    assert np.isnan(proportion(0, 0).value)


WRONG = {
    "different lengths": lambda: bootstrap(metrics.accuracy, np.zeros(3), np.zeros(2)),
    "no rows": lambda: mcnemar(np.zeros(0), np.zeros(0), np.zeros(0)),
    "no resample": lambda: bootstrap(metrics.accuracy, np.zeros(3), np.zeros(3), samples=0),
    "confidence": lambda: bootstrap(metrics.accuracy, np.zeros(3), np.zeros(3), confidence=95),
    "more successes than trials": lambda: proportion(3, 2),
}


@pytest.mark.parametrize("name", WRONG)
def test_wrong_input_is_a_kind_error(name):
    with pytest.raises(InputError):
        WRONG[name]()


def test_an_interval_reads_well():
    assert str(Interval(0.5, 0.25, 0.75)) == "0.500 [0.250, 0.750]"
