"""``top_k``: the best scores, not all of them."""

from __future__ import annotations

from typing import Annotated, ClassVar

from msgspec import Meta

from penstock.filters.base import Parameters
from penstock.filters.record import Record

__all__ = ["TopK"]


class TopK(Parameters, frozen=True):
    """Keeps only the highest scores, the best first. Label and score stay as they are.

    Parameters
    ----------
    k : how many scores an answer has.

    Examples
    --------
    - filter: top_k
      k: 3
    """

    name: ClassVar[str] = "top_k"
    k: Annotated[int, Meta(ge=1)]

    def after(self, records: list[Record]) -> list[Record]:
        """Shorten the scores."""
        return [record.replace(scores=self._best(record)) for record in records]

    def _best(self, record: Record) -> dict[str, float]:
        ranked = sorted(record.scores.items(), key=lambda pair: -pair[1])
        return dict(ranked[: self.k])
