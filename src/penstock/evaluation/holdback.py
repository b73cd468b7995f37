"""Thresholds of confidence, class by class, from a stated precision or coverage."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from penstock.errors import DataError, InputError
from penstock.evaluation.intervals import Interval, proportion
from penstock.evaluation.predictions import Predictions

__all__ = ["HoldBack", "Threshold", "choose_thresholds"]

MINIMUM = 5
"""With fewer texts that the model gives a label, its threshold is luck: the common one holds."""

NOTHING = 1.0
"""The threshold of a class that reaches the precision nowhere."""


@dataclass(frozen=True, slots=True)
class Threshold:
    """The threshold of one class, or of all together, and what it did on the texts it is from.

    Attributes
    ----------
    label : the class; None for all together.
    threshold : the lowest score that is answered.
    given : texts to which the model gave this label.
    answered : those of them that the threshold lets through.
    precision : share of the answered that are right, with its interval; NaN for none.
    reached : whether what was asked for is reached.
    """

    label: Any
    threshold: float
    given: int
    answered: int
    precision: Interval
    reached: bool

    @property
    def coverage(self) -> float:
        """Share of the given that are answered; NaN where none was given."""
        return self.answered / self.given if self.given else float("nan")


@dataclass(frozen=True, slots=True)
class HoldBack:
    """Thresholds for the filter `suppress_below`.

    Attributes
    ----------
    common : the threshold of classes without one of their own.
    classes : of the others, in the order of the model's classes.
    overall : all texts under these thresholds together; its `threshold` is the common one.
    """

    common: Threshold
    classes: list[Threshold]
    overall: Threshold

    def to_filter(self) -> dict[str, Any]:
        """Return the filter's block of a deployment file."""
        own = {str(item.label): item.threshold for item in self.classes}
        block = {"filter": "suppress_below", "threshold": self.common.threshold}
        return {**block, "classes": own} if own else block


def choose_thresholds(
    labels: Any,
    scores: Any,
    classes: Sequence[Any],
    *,
    precision: float | None = None,
    coverage: float | None = None,
) -> HoldBack:
    """Choose for each class the lowest threshold with a precision, or the one with a coverage.

    A class that the model gave to fewer than 5 of the texts has no threshold of its own. Where
    no threshold has the precision, it is 1.0: such answers are held back.

    Parameters
    ----------
    labels : true labels of shape (n,), of texts that the model was not trained on.
    scores : probabilities of shape (n, n_classes).
    classes : labels in the order of the columns.
    precision : share of the answered texts of each class that are right, above 0, at most 1.
    coverage : share of the texts of each class that are answered; one of the two.

    Raises
    ------
    InputError : not one of the two is given, or it is out of its range.
    DataError : as `Predictions.of`, or the model gives several labels: it has thresholds.
    """
    goal = _goal(precision, coverage)
    predictions = Predictions.of(labels, scores, classes)
    if predictions.multilabel:
        what = "a model of several labels has thresholds of its own"
        raise DataError(what, where="labels", hint="see `thresholds_` of the classifier")
    best, right = predictions.scores.max(axis=1), predictions.right
    common = _threshold(None, best, right, goal)
    own = [
        _threshold(label, best[rows], right[rows], goal)
        for column, label in enumerate(predictions.classes)
        if (rows := predictions.found == column).sum() >= MINIMUM
    ]
    by_label = {str(item.label): item.threshold for item in own}
    limits = np.array([by_label.get(str(c), common.threshold) for c in predictions.classes])
    through = best >= limits[predictions.found]
    return HoldBack(common, own, _judged(None, common.threshold, through, right, common.reached))


Goal = Callable[[NDArray[np.bool_]], NDArray[np.bool_]]


def _goal(precision: float | None, coverage: float | None) -> Goal:
    """Return what says, of texts from the surest down, after how many of them one may stop."""
    if (precision is None) == (coverage is None):
        raise InputError("want one of precision and coverage", hint="such as precision=0.95")
    name, share = ("precision", precision) if precision is not None else ("coverage", coverage)
    if share is None or not 0 < share <= 1:
        raise InputError(f"{share!r} is not above 0 and at most 1", where=name)
    if precision is not None:
        # Not ">= precision * count": 0.95 * 20 is above 19 in binary.
        return lambda right: np.cumsum(right) / _count(right) >= share - 1e-12
    return lambda right: _count(right) <= np.ceil(share * len(right) - 1e-9)


def _count(rows: NDArray[Any]) -> NDArray[np.int64]:
    return np.arange(1, len(rows) + 1)


def _threshold(
    label: Any, scores: NDArray[np.float64], right: NDArray[np.bool_], goal: Goal
) -> Threshold:
    order = np.argsort(-scores, kind="stable")
    ranked, correct = scores[order], right[order]
    below = np.append(ranked[1:], 0.0)
    # Equal scores cannot be told apart: a threshold is below the last of them only.
    allowed = np.flatnonzero(goal(correct) & (ranked > below))
    if not len(allowed):
        return _judged(label, NOTHING, scores >= NOTHING, right, reached=False)
    last = int(allowed[-1])
    threshold = _between(float(below[last]), float(ranked[last]))
    return _judged(label, threshold, scores >= threshold, right, reached=True)


def _between(below: float, score: float) -> float:
    """Return a short number above one score and not above the other."""
    middle = (below + score) / 2
    for digits in range(2, 16):
        if below < (short := round(middle, digits)) <= score:
            return short
    return score


def _judged(
    label: Any, threshold: float, through: NDArray[Any], right: NDArray[np.bool_], reached: bool
) -> Threshold:
    answered, correct = int(through.sum()), int((through & right).sum())
    share = proportion(correct, answered)
    return Threshold(label, threshold, len(through), answered, share, reached)
