"""The parameters of one call: which of labels, scores or both comes out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from penstock.errors import InputError, did_you_mean

if TYPE_CHECKING:
    from penstock.filters import Record

__all__ = ["Choice"]

_OUTPUTS = ("labels", "scores", "both")


class Choice:
    """The parameters of one call."""

    def __init__(self, output: str, top_k: int, threshold: float) -> None:
        self.output, self.top_k, self.threshold = output, top_k, threshold

    @classmethod
    def of(cls, params: Mapping[str, Any] | None, wrapped: bool) -> Choice:
        """Check the parameters; InputError names the one that is unknown or out of range."""
        given = dict(params or {})
        for name in given:
            if name not in ("output", "top_k", "threshold"):
                hint = did_you_mean(name, ["output", "top_k", "threshold"])
                raise InputError(f"unknown parameter {name!r}", where="params", hint=hint)
        output = given.get("output") or ("both" if wrapped else "labels")
        if output not in _OUTPUTS:
            hint = did_you_mean(str(output), _OUTPUTS)
            raise InputError(f"unknown choice {output!r}", where="params.output", hint=hint)
        top_k, threshold = given.get("top_k") or 0, given.get("threshold") or 0.0
        if int(top_k) != top_k or top_k < 0:
            raise InputError(f"{top_k!r} is not a whole number from 0", where="params.top_k")
        if not 0.0 <= threshold <= 1.0:
            raise InputError(f"{threshold!r} is not between 0 and 1", where="params.threshold")
        return cls(output, int(top_k), float(threshold))

    def apply(self, records: list[Record], classes: list[Any]) -> Any:
        """Return labels as an array, or scores or both as a frame, a row for each record."""
        records = [self._thresholded(record) for record in records]
        if self.output == "labels":
            return object_array([_labels(record) for record in records])
        scores = [self._best(record.scores) for record in records]
        if self.output == "scores":
            columns = [str(label) for label in classes]
            return pd.DataFrame(scores, columns=columns, dtype=float)
        return self._both(records, scores)

    def _thresholded(self, record: Record) -> Record:
        if record.answered and record.score is not None and record.score < self.threshold:
            return record.suppressed("threshold", f"score is below {self.threshold:g}")
        return record

    def _best(self, scores: Mapping[str, float]) -> dict[str, float]:
        ranked = sorted(scores.items(), key=lambda pair: -pair[1])
        return dict(ranked[: self.top_k or None])

    def _both(self, records: list[Record], scores: list[dict[str, float]]) -> pd.DataFrame:
        columns: dict[str, Any] = {
            "label": object_array([record.label for record in records]),
            "score": [record.score for record in records],
            "status": [str(record.status) for record in records],
            "reason": object_array([record.reason for record in records]),
        }
        for name in ("labels", "out_of_scope", "out_of_scope_score"):
            values = [getattr(record, name) for record in records]
            if any(value is not None for value in values):
                columns[name] = object_array(values)
        if self.top_k:
            columns["scores"] = object_array(scores)
        return pd.DataFrame(columns)


def _labels(record: Record) -> Any:
    return record.label if record.labels is None else list(record.labels)


def object_array(items: list[Any]) -> NDArray[np.object_]:
    array = np.empty(len(items), object)
    array[:] = items
    return array
