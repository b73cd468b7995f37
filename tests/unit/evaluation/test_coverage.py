"""Intervals of 95 % hold the true figure at least 93 times of 100, for few texts and near 1."""

import numpy as np
import pytest
from scipy.stats import binom

from penstock.evaluation.figures import headline, per_class
from penstock.evaluation.intervals import proportion
from penstock.evaluation.predictions import Predictions

TRIALS = 150


@pytest.mark.parametrize("n", [20, 50, 200])
@pytest.mark.parametrize("truth", [0.01, 0.5, 0.9, 0.95, 0.99])
def test_a_share_covers_exactly(n, truth):
    ends = [proportion(hits, n) for hits in range(n + 1)]
    inside = [end.low <= truth <= end.high for end in ends]
    assert binom.pmf(np.arange(n + 1), n, truth) @ inside >= 0.95


@pytest.mark.parametrize("classes", [3, 5, 10])
@pytest.mark.parametrize("n", [20, 50, 200])
@pytest.mark.parametrize("right", [0.7, 0.9, 0.99])
def test_f1_and_its_means_cover(classes, n, right):
    """Rare and frequent classes; what is wrong goes to the next class, so F1 differs."""
    prior = np.arange(1, classes + 1) / np.arange(1, classes + 1).sum()
    predicted = right * prior + (1 - right) * np.roll(prior, 1)
    f1 = 2 * right * prior / (prior + predicted)
    rng = np.random.default_rng(classes * 1000 + n)
    own, means = [], {"macro_f1": [], "weighted_f1": []}
    true = {"macro_f1": f1.mean(), "weighted_f1": f1 @ prior}
    for _ in range(TRIALS):
        found = draw(rng, prior, right, n)
        for row, expected in zip(per_class(found), f1, strict=True):
            if row.f1_interval:
                own.append(row.f1_interval.low <= expected <= row.f1_interval.high)
        figures = headline(found, samples=1)
        for name, inside in means.items():
            inside.append(figures[name].low <= true[name] <= figures[name].high)
    assert np.mean(own) >= 0.93
    assert {name: np.mean(inside) for name, inside in means.items() if np.mean(inside) < 0.93} == {}


def draw(rng, prior, right, n):
    classes = len(prior)
    targets = rng.choice(classes, n, p=prior)
    found = np.where(rng.random(n) < right, targets, (targets + 1) % classes)
    return Predictions(list(range(classes)), targets, np.eye(classes)[found], found, None)
