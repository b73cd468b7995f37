"""``suppress_out_of_scope``: a text unlike any the model was trained on has no answer."""

from __future__ import annotations

from typing import ClassVar

from penstock.filters.base import Parameters
from penstock.filters.record import Record

__all__ = ["SuppressOutOfScope"]


class SuppressOutOfScope(Parameters, frozen=True):
    """Holds back labels of texts out of scope; score and scores stay in the answer.

    A model that has no out-of-scope threshold says nothing of scope, and nothing is held back.

    Parameters
    ----------
    threshold : the highest out-of-scope score that is answered, null for the model's own;
        default null.
    """

    name: ClassVar[str] = "suppress_out_of_scope"
    threshold: float | None = None

    def after(self, records: list[Record]) -> list[Record]:
        """Set `suppressed` on answers out of scope."""
        return [self._check(record) if record.answered else record for record in records]

    def _check(self, record: Record) -> Record:
        score = record.out_of_scope_score
        if score is None:
            return record
        if self.threshold is None:
            reason = f"out of scope, score {score:.4g}"
            return record.suppressed(self.name, reason) if record.out_of_scope else record
        # Not "score > threshold": a score that is NaN must not pass.
        if score <= self.threshold:
            return record
        reason = f"out of scope, score {score:.4g} above {self.threshold:.4g}"
        return record.suppressed(self.name, reason)
