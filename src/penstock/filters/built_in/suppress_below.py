"""``suppress_below``: an unsure answer is none."""

from __future__ import annotations

from typing import Annotated, ClassVar

from msgspec import Meta, field

from penstock.filters.base import Parameters
from penstock.filters.record import Record

__all__ = ["SuppressBelow"]

Probability = Annotated[float, Meta(ge=0, le=1)]


class SuppressBelow(Parameters, frozen=True):
    """Holds back labels below a confidence; the score stays in the answer.

    `penstock thresholds` chooses them. What has a label without a score passes: a rule's.

    Parameters
    ----------
    threshold : the lowest score that is answered; default 0.5.
    classes : thresholds of single classes, by label; default none.

    Examples
    --------
    - filter: suppress_below
      threshold: 0.5
      classes:
        unsubscribe: 0.8
    """

    name: ClassVar[str] = "suppress_below"
    threshold: Probability = 0.5
    classes: dict[str, Probability] = field(default_factory=dict)

    @property
    def named_labels(self) -> frozenset[str]:
        """The labels with a threshold of their own."""
        return frozenset(self.classes)

    def after(self, records: list[Record]) -> list[Record]:
        """Set `suppressed` on answers below their threshold."""
        return [self._check(record) if record.answered else record for record in records]

    def _check(self, record: Record) -> Record:
        if record.score is None:
            return record  # the label is a rule's
        threshold = self.classes.get(str(record.label), self.threshold)
        # Not "score < threshold": a score that is NaN must not pass.
        if record.score >= threshold:
            return record
        return record.suppressed(self.name, _reason(record.score, threshold))


def _reason(score: float, threshold: float) -> str:
    """Say both numbers so that they differ when printed: 0.4999 is not "0.50 below 0.50"."""
    digits = 2
    while digits < 6 and f"{score:.{digits}f}" == f"{threshold:.{digits}f}":
        digits += 1
    return f"confidence {score:.{digits}f} below {threshold:.{digits}f}"
