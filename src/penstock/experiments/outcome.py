"""What came of a candidate: its labels on the split, and what they cost."""

from __future__ import annotations

import math
from collections.abc import Collection
from dataclasses import asdict, dataclass
from typing import Any

from penstock.errors import DataError

__all__ = ["Outcome"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """Labels of the validation texts, in their order, and what was measured.

    `size` is in bytes, None where it is unknown; `libraries` are versions by name; `machine`
    names where the times were taken.
    """

    labels: list[str]
    train_seconds: float
    texts_per_second: float
    size: int | None
    libraries: dict[str, str]
    machine: str

    def to_dict(self) -> dict[str, Any]:
        """Return what `outcome.json` holds."""
        return {"format": 1, **asdict(self)}

    @classmethod
    def from_dict(cls, found: Any, count: int, classes: Collection[str]) -> Outcome:
        """Check what came back from a process or a store; DataError if it is none.

        Parameters
        ----------
        found : the object of `outcome.json`.
        count : of texts that were to be labelled.
        classes : the labels there are.
        """
        try:
            made = cls(**{key: value for key, value in found.items() if key != "format"})
            right = all(isinstance(label, str) for label in made.labels)
            numbers = [made.train_seconds, made.texts_per_second, made.size or 0]
            right = right and all(math.isfinite(number) and number >= 0 for number in numbers)
        except (TypeError, AttributeError, ValueError):
            right = False
        if not right:
            raise DataError("what came back is no outcome", where="outcome.json")
        if len(made.labels) != count:
            raise DataError(f"{len(made.labels)} labels came back for {count} texts")
        unknown = sorted(set(made.labels) - set(classes))
        if unknown:
            raise DataError(f"it answered labels that it never saw: {', '.join(unknown[:5])}")
        return made
