"""``map_labels``: the product's names for the model's classes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar

from msgspec import Meta

from penstock.filters.base import Parameters
from penstock.filters.record import Record

__all__ = ["MapLabels"]

Name = Annotated[str, Meta(min_length=1)]


class MapLabels(Parameters, frozen=True):
    """Gives classes other names, in the label and in the scores; several may share a name.

    The scores of classes that share a name are added up; of a multi-label model, the highest
    is taken. The label stays that of the class the model chose. Filters after this one see
    the new names.

    Parameters
    ----------
    labels : new names, by class; a class that is not in it keeps its own.

    Examples
    --------
    - filter: map_labels
      labels:
        positive: Interested
        referral: Interested
        unsubscribe: Opt-out
    """

    name: ClassVar[str] = "map_labels"
    labels: Annotated[dict[str, Name], Meta(min_length=1)]

    @property
    def named_labels(self) -> frozenset[str]:
        """The classes with a new name."""
        return frozenset(self.labels)

    def labels_after(self, labels: frozenset[str]) -> frozenset[str]:
        """Return the labels with their new names."""
        return frozenset(self.labels.get(label, label) for label in labels)

    def after(self, records: list[Record]) -> list[Record]:
        """Rename labels and the keys of scores, whatever the status."""
        return [self._mapped(record) for record in records]

    def _mapped(self, record: Record) -> Record:
        multilabel = record.labels is not None
        scores = self._scores(record.scores, multilabel)
        label = self._name(record.label)
        score = record.score
        if label is not None and score is not None:
            score = scores.get(str(label), score)
        labels = list(dict.fromkeys(map(self._name, record.labels or ()))) if multilabel else None
        return record.replace(label=label, labels=labels, scores=scores, score=score)

    def _name(self, label: Any) -> Any:
        return self.labels.get(str(label), label)

    def _scores(self, scores: Mapping[str, float], multilabel: bool) -> dict[str, float]:
        merged: dict[str, float] = {}
        for label, value in scores.items():
            name = self._name(label)
            before = merged.get(name, 0.0)
            merged[name] = max(before, value) if multilabel else before + value
        return merged
