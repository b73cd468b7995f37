"""What a model says of records, written into them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from penstock.filters.record import Record

__all__ = ["Decides", "Says", "answered"]


class Says(Protocol):
    """The scores of n texts, as `penstock.engines.scores.Scores` has them."""

    @property
    def probabilities(self) -> NDArray[np.float32]:
        """Of shape (n, n_classes)."""
        ...

    @property
    def out_of_scope(self) -> NDArray[np.float32]:
        """Of shape (n,)."""
        ...


class Decides(Protocol):
    """How scores become labels, as `penstock.engines.scorer.TextScorer` has it."""

    classes: list[Any]
    thresholds: list[float] | None
    oos_threshold: float | None


def answered(records: Sequence[Record], scores: Says, model: Decides) -> list[Record]:
    """Return the records, n of them, with the model's answers."""
    rows = zip(records, scores.probabilities.tolist(), scores.out_of_scope.tolist(), strict=True)
    return [_answered(record, values, distance, model) for record, values, distance in rows]


def _answered(record: Record, values: list[float], distance: float, model: Decides) -> Record:
    answer = record.scored(values, model.classes, model.thresholds)
    if model.oos_threshold is None:
        return answer
    return answer.replace(out_of_scope_score=distance, out_of_scope=distance > model.oos_threshold)
