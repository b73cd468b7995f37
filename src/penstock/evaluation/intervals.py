"""Intervals: what a figure could have been on another sample of the same texts."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import betaincinv  # type: ignore[import-untyped]
from scipy.stats import binomtest  # type: ignore[import-untyped]

from penstock.errors import InputError

__all__ = ["Interval", "bootstrap", "difference", "mcnemar", "proportion", "replicates"]

Metric = Callable[[NDArray[Any], NDArray[Any]], float]


@dataclass(frozen=True, slots=True)
class Interval:
    """A figure, and the interval it lies in with the chosen confidence.

    Attributes
    ----------
    value : the figure on all the texts.
    low, high : the ends; NaN where there is nothing to look at.
    """

    value: float
    low: float
    high: float

    @property
    def excludes_zero(self) -> bool:
        """Whether a difference is told apart from none."""
        return self.low > 0 or self.high < 0

    def __str__(self) -> str:
        return f"{self.value:.3f} [{self.low:.3f}, {self.high:.3f}]"


def bootstrap(
    metric: Metric,
    targets: NDArray[Any],
    predictions: NDArray[Any],
    *,
    samples: int = 1000,
    confidence: float = 0.95,
    seed: int = 0,
) -> Interval:
    """Return a metric with its percentile bootstrap interval.

    Texts are drawn with replacement as often as there are texts, and the interval holds the
    middle of what the metric then is (Efron & Tibshirani, 1993, chapter 13). The corrected
    intervals (BCa) of chapter 14 would take one more evaluation of the metric for each text.

    Parameters
    ----------
    metric : of targets and predictions, both resampled by row.
    targets, predictions : arrays of length n_samples, of any shape behind it.
    samples : resamples.
    confidence : share of resamples inside, between 0 and 1.
    seed : the same seed gives the same interval.

    Raises
    ------
    InputError : lengths differ, there is no row, or a parameter is out of its range.
    """
    rows = _rows(targets, predictions)
    drawn = replicates(
        lambda at: metric(targets[at], predictions[at]), rows, samples=samples, seed=seed
    )
    return percentile(float(metric(targets, predictions)), drawn, confidence)


def difference(
    metric: Metric,
    targets: NDArray[Any],
    first: NDArray[Any],
    second: NDArray[Any],
    *,
    samples: int = 1000,
    confidence: float = 0.95,
    seed: int = 0,
) -> Interval:
    """Return what a metric is for `first` less what it is for `second`, with its interval.

    Both are judged on the same resampled texts, so what makes a text hard cancels out.
    Parameters and errors as in `bootstrap`.
    """
    rows = _rows(targets, first, second)

    def gap(at: Any) -> float:
        return metric(targets[at], first[at]) - metric(targets[at], second[at])

    drawn = replicates(gap, rows, samples=samples, seed=seed)
    return percentile(float(gap(slice(None))), drawn, confidence)


def mcnemar(targets: NDArray[Any], first: NDArray[Any], second: NDArray[Any]) -> float:
    """Return the exact two-sided p-value of McNemar's test (1947).

    It is the probability of counts as uneven as those seen, of texts that only one of the two
    got right, if both were equally good; 1.0 where there is no such text. A row of several
    labels is right when all of them are.
    """
    _rows(targets, first, second)
    right_first, right_second = _right(targets, first), _right(targets, second)
    only_first = int(np.sum(right_first & ~right_second))
    only_second = int(np.sum(right_second & ~right_first))
    if only_first + only_second == 0:
        return 1.0
    return float(binomtest(only_first, only_first + only_second, 0.5).pvalue)


def proportion(successes: int, trials: int, *, confidence: float = 0.95) -> Interval:
    """Return a share with its exact interval (Clopper & Pearson, 1934); NaN for no trial.

    It covers at least what it says, for few texts and for shares near 0 and 1, too. A bootstrap
    of 10 right out of 10 would be sure of 100 %.
    """
    if not 0 <= successes <= trials:
        raise InputError(f"{successes} of {trials} is no share", where="successes")
    _check_confidence(confidence)
    if trials == 0:
        return Interval(float("nan"), float("nan"), float("nan"))
    tail, failures = (1 - confidence) / 2, trials - successes
    low = betaincinv(successes, failures + 1, tail) if successes else 0.0
    high = betaincinv(successes + 1, failures, 1 - tail) if failures else 1.0
    return Interval(successes / trials, float(low), float(high))


def replicates(
    statistic: Callable[[NDArray[np.int64]], Any],
    n_rows: int,
    *,
    samples: int = 1000,
    seed: int = 0,
) -> NDArray[np.float64]:
    """Return a statistic of `samples` resamples, shape (samples, *shape of the statistic).

    Parameters
    ----------
    statistic : of row numbers of shape (n_rows,), drawn with replacement.
    """
    if samples < 1:
        raise InputError(f"{samples} is below 1", where="samples")
    return np.asarray([statistic(at) for at in _draws(n_rows, samples, seed)], np.float64)


def percentile(value: float, drawn: NDArray[np.float64], confidence: float = 0.95) -> Interval:
    """Return the interval that holds the middle `confidence` of the drawn figures.

    A figure that could not be computed on a resample (NaN) is left out.
    """
    _check_confidence(confidence)
    kept = drawn[np.isfinite(drawn)]
    if not len(kept):
        return Interval(value, float("nan"), float("nan"))
    low, high = np.quantile(kept, [(1 - confidence) / 2, (1 + confidence) / 2])
    return Interval(value, float(low), float(high))


def _draws(n_rows: int, samples: int, seed: int) -> Iterator[NDArray[np.int64]]:
    rng = np.random.default_rng(seed)
    for _ in range(samples):
        yield rng.integers(0, n_rows, n_rows)


def _right(targets: NDArray[Any], predictions: NDArray[Any]) -> NDArray[np.bool_]:
    equal = np.asarray(targets == predictions)
    return np.asarray(equal.reshape(len(equal), -1).all(axis=1))


def _rows(*arrays: NDArray[Any]) -> int:
    lengths = [len(array) for array in arrays]
    if len(set(lengths)) > 1:
        raise InputError(f"lengths differ: {', '.join(map(str, lengths))}", where="predictions")
    if not lengths[0]:
        raise InputError("there is nothing to compare", where="targets")
    return lengths[0]


def _check_confidence(confidence: float) -> None:
    if not 0 < confidence < 1:
        raise InputError(f"{confidence} is not between 0 and 1", where="confidence")
