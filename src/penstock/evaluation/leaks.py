"""Leaks: texts that the model was trained on, or nearly, and the figures without them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from penstock.evaluation.checks import shorten
from penstock.evaluation.figures import headline
from penstock.evaluation.intervals import Interval
from penstock.evaluation.predictions import Predictions
from penstock.tables.likeness import repeats

__all__ = ["Leaks", "leaks"]

_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Leaks:
    """Texts equal, or nearly equal, to one of the train split.

    Attributes
    ----------
    n_samples : how many they are.
    examples : up to five of them, on one line and shortened.
    figures : of the other texts, as those of the report; None where no other is left.
    """

    n_samples: int
    examples: list[str]
    figures: dict[str, Interval] | None


def leaks(found: Predictions, texts: Sequence[str], train: Sequence[str], seed: int = 0) -> Leaks:
    """Count the texts that are alike to one of `train`, and judge the others alone."""
    rows = repeats(train, texts)
    others = np.setdiff1d(np.arange(len(texts)), rows)
    figures = headline(found.part(others), seed=seed) if len(others) else None
    return Leaks(len(rows), [shorten(texts[row]) for row in rows[:_SHOWN]], figures)
