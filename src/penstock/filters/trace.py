"""One record on its way through a pipeline, step by step."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import msgspec

from penstock.filters.guard import Step, guarded
from penstock.filters.pipeline import Pipeline
from penstock.filters.record import Record

__all__ = ["MODEL", "Side", "Traced", "trace"]

MODEL = "model"


class Side(StrEnum):
    """Where a step stands."""

    BEFORE = "before"
    MODEL = "model"
    AFTER = "after"


@dataclass(frozen=True, slots=True)
class Traced:
    """One step: the record as it came and as it left; `after` is None where it did not run."""

    name: str
    side: Side
    before: Record
    after: Record | None

    @property
    def changes(self) -> dict[str, tuple[Any, Any]]:
        """What it changed, by attribute: the value before and after; private notes left out."""
        if self.after is None:
            return {}
        pairs = {
            name: (getattr(self.before, name), getattr(self.after, name))
            for name in msgspec.structs.asdict(self.before)
            if name != "notes"
        }
        return {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}


def trace(pipeline: Pipeline, record: Record, answer: Step | None = None) -> list[Traced]:
    """Return every step of a pipeline for one record, in their order.

    Parameters
    ----------
    pipeline : any.
    record : pending.
    answer : as `Pipeline.around` takes it; without one, what needs an answer does not run.
    """
    steps: list[Traced] = []
    for filter_ in pipeline.before_filters:
        left = guarded(filter_.name, filter_.before, [record])[0] if record.pending else None
        steps.append(Traced(filter_.name, Side.BEFORE, record, left))
        record = left or record
    left = answer([record])[0] if record.pending and answer is not None else None
    steps.append(Traced(MODEL, Side.MODEL, record, left))
    record = left or record
    for after in pipeline.after_filters:
        left = None if record.pending else guarded(after.name, after.after, [record])[0]
        steps.append(Traced(after.name, Side.AFTER, record, left))
        record = left or record
    return steps
