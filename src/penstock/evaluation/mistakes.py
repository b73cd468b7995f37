"""Mistakes: the texts a model was most sure of and got wrong; often the label is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from penstock.evaluation.calibration import confidence
from penstock.evaluation.checks import shorten
from penstock.evaluation.predictions import Predictions

__all__ = ["Mistake", "mistakes"]

_MOST = 20


@dataclass(frozen=True, slots=True)
class Mistake:
    """One wrong text, on one line and shortened; `row` is its number, from 0."""

    row: int
    text: str
    true: str
    predicted: str
    score: float


def mistakes(found: Predictions, texts: Sequence[str]) -> list[Mistake]:
    """Return the 20 wrong texts with the highest scores, the surest first."""
    sure = confidence(found)
    wrong = np.flatnonzero(~found.right)
    worst = wrong[np.argsort(-sure[wrong], kind="stable")][:_MOST]
    return [
        Mistake(
            int(row),
            shorten(texts[row]),
            found.named(found.targets[row]),
            found.named(found.found[row]),
            float(sure[row]),
        )
        for row in worst
    ]
