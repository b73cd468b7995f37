"""Robustness: how much accuracy typing errors and casing cost."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from penstock.evaluation import metrics
from penstock.evaluation.intervals import Interval, difference, proportion
from penstock.evaluation.perturbations import PERTURBATIONS, typos
from penstock.evaluation.predictions import Model, Predictions

__all__ = ["Perturbed", "robustness"]

_MOST = 500
"""Texts that are perturbed: enough for a drop of 3 points to show, quick on a CPU."""

_CHANGES = {
    "typos in 2 % of letters": lambda text, rng: typos(text, rng, 0.02),
    "typos in 5 % of letters": lambda text, rng: typos(text, rng, 0.05),
    "typos in 10 % of letters": lambda text, rng: typos(text, rng, 0.10),
    "lower case": PERTURBATIONS["lower"],
    "UPPER CASE": PERTURBATIONS["upper"],
}


@dataclass(frozen=True, slots=True)
class Perturbed:
    """Accuracy on perturbed texts; `change` is against the same texts as they were."""

    perturbation: str
    n_samples: int
    accuracy: Interval
    change: Interval


def robustness(
    model: Model, found: Predictions, texts: Sequence[str], seed: int = 0
) -> list[Perturbed]:
    """Score up to 500 of the texts, drawn by the seed, again with each perturbation."""
    rng = np.random.default_rng(seed)
    rows = np.sort(rng.permutation(len(texts))[:_MOST])
    changed = [
        [change(texts[row], random.Random(f"{seed} {name} {row}")) for row in rows]  # noqa: S311
        for name, change in _CHANGES.items()
    ]
    # All at once: batches of like lengths, and a short call for a small set.
    scores = np.split(model.scores([text for part in changed for text in part]), len(changed))
    targets, before = found.targets[rows], found.found[rows]
    results = []
    for name, part in zip(_CHANGES, scores, strict=True):
        after = model.found(part)
        right = round(metrics.accuracy(targets, after) * len(rows))
        change = difference(metrics.accuracy, targets, after, before, seed=seed)
        results.append(Perturbed(name, len(rows), proportion(right, len(rows)), change))
    return results
