"""Comparison: two models on the same texts, and whether they can be told apart."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from penstock.evaluation import metrics
from penstock.evaluation.intervals import Interval, difference, mcnemar
from penstock.evaluation.predictions import Predictions

__all__ = ["Comparison", "compare"]

_LEVEL = 0.05


@dataclass(frozen=True, slots=True)
class Comparison:
    """The champion beside the candidate; differences are candidate minus champion.

    Attributes
    ----------
    champion : its name.
    accuracy, macro_f1 : the champion's.
    accuracy_difference, macro_f1_difference : paired bootstrap intervals.
    only_candidate, only_champion : texts that only one of the two got right.
    p_value : of McNemar's exact test on these two counts.
    """

    champion: str
    accuracy: float
    macro_f1: float
    accuracy_difference: Interval
    macro_f1_difference: Interval
    only_candidate: int
    only_champion: int
    p_value: float

    @property
    def distinguishable(self) -> bool:
        """Whether McNemar's test tells the two apart at 5 %."""
        return self.p_value < _LEVEL

    @property
    def verdict(self) -> str:
        """Say it in words."""
        if not self.distinguishable:
            return f"not distinguishable from {self.champion}"
        better = "better" if self.only_candidate > self.only_champion else "worse"
        return f"{better} than {self.champion}"

    def __str__(self) -> str:
        gap = self.accuracy_difference
        return (
            f"{self.verdict}: accuracy {gap.value * 100:+.1f} points "
            f"[{gap.low * 100:+.1f}, {gap.high * 100:+.1f}], p = {self.p_value:.2g} "
            f"(only this one right {self.only_candidate}, only the champion "
            f"{self.only_champion})"
        )


def compare(
    ours: Predictions,
    champion: str,
    classes: list[Any],
    found: NDArray[np.int64],
    *,
    samples: int = 1000,
    seed: int = 0,
) -> Comparison:
    """Compare with a champion's predictions on the same texts.

    Parameters
    ----------
    classes : the champion's; one that we do not have is a class of its own, always wrong.
    found : indices into `classes`, shape (n,), or indicators of shape (n, n_classes).
    """
    theirs = _aligned(ours, classes, found)
    targets = ours.targets
    right = np.asarray(targets == theirs)
    theirs_right = right.all(axis=1) if ours.multilabel else right

    def gap(metric: Any) -> Interval:
        return difference(metric, targets, ours.found, theirs, samples=samples, seed=seed)

    return Comparison(
        champion=champion,
        accuracy=metrics.accuracy(targets, theirs),
        macro_f1=metrics.macro_f1(targets, theirs),
        accuracy_difference=gap(metrics.accuracy),
        macro_f1_difference=gap(metrics.macro_f1),
        only_candidate=int((ours.right & ~theirs_right).sum()),
        only_champion=int((theirs_right & ~ours.right).sum()),
        p_value=mcnemar(targets, ours.found, theirs),
    )


def _aligned(ours: Predictions, classes: list[Any], found: NDArray[np.int64]) -> Any:
    index = {name: number for number, name in enumerate(ours.classes)}
    if found.ndim == 1:
        beyond = len(ours.classes)
        return np.array([index.get(name, beyond) for name in classes], np.int64)[found]
    theirs = np.zeros_like(ours.targets)
    for column, name in enumerate(classes):
        if name in index:
            theirs[:, index[name]] = found[:, column]
    return theirs
