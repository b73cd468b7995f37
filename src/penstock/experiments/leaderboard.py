"""The leaderboard: candidates ranked, with intervals, and in words whether the best is best."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from penstock.evaluation.figures import mean_f1
from penstock.evaluation.intervals import Interval, difference, mcnemar, proportion
from penstock.evaluation.metrics import count
from penstock.experiments.outcome import Outcome

__all__ = ["Entry", "Failure", "Leaderboard", "accuracy", "macro_f1", "rank"]

ALPHA = 0.05
Indices = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Entry:
    """A candidate that ran.

    Attributes
    ----------
    accuracy, macro_f1 : on the validation split, with 95 % intervals.
    behind : its accuracy less that of the best, paired on the same texts; None for the best.
    p_value : exact McNemar against the best; None for the best.
    train_seconds, texts_per_second, size, machine : as in `Outcome`.
    run_id : its MLflow run.
    reused : whether that run is of an earlier comparison.
    """

    name: str
    kind: str
    accuracy: Interval
    macro_f1: Interval
    behind: Interval | None
    p_value: float | None
    train_seconds: float
    texts_per_second: float
    size: int | None
    machine: str
    run_id: str
    reused: bool


@dataclass(frozen=True, slots=True)
class Failure:
    """A candidate that did not run to its end, and why."""

    name: str
    kind: str
    reason: str
    run_id: str


@dataclass(frozen=True, slots=True)
class Leaderboard:
    """Candidates, the best first; `train_texts` and `texts` count the two sides of the split."""

    dataset: str
    seed: int
    share: float
    train_texts: int
    texts: int
    entries: list[Entry]
    failures: list[Failure]

    def to_dict(self) -> dict[str, Any]:
        """Return what `leaderboard.json` holds."""
        return {"format": 1, **asdict(self), "verdict": self.verdict(), "notes": self.notes()}

    def verdict(self) -> str:
        """Say whether the best can be told from the second."""
        if not self.entries:
            return "No candidate ran to its end."
        if len(self.entries) == 1:
            return f"{self.entries[0].name} has nothing to be compared with."
        best, second = self.entries[:2]
        figures = _figures(second)
        if told_apart(second):
            return f"{best.name} is better than {second.name}: {figures}."
        return (
            f"{best.name} cannot be told from {second.name} on {self.texts} texts: {figures}. "
            f"{_cheaper(best, second)}"
        )

    def notes(self) -> list[str]:
        """Say what a reader must know of the figures."""
        machines = sorted({entry.machine for entry in self.entries})
        if len(machines) < 2:
            return []
        named = "; ".join(machines)
        return [f"times were taken on several machines and cannot be compared: {named}"]


def rank(
    targets: Sequence[str],
    ran: Sequence[tuple[str, str, Outcome, str, bool]],
) -> list[Entry]:
    """Return the entries, sorted by accuracy, then macro-F1, then speed.

    Parameters
    ----------
    targets : the labels of the validation split.
    ran : name, kind, outcome, MLflow run and whether it is reused, of each candidate that ran.
    """
    named = sorted({*targets, *(label for item in ran for label in item[2].labels)})
    number = {label: index for index, label in enumerate(named)}
    truth = _numbers(targets, number)
    rows = [(item, _numbers(item[2].labels, number)) for item in ran]
    rows.sort(key=lambda row: _order(truth, row[1], row[0][2]))
    return [
        _entry(item, truth, labels, None if at == 0 else rows[0][1])
        for at, (item, labels) in enumerate(rows)
    ]


def told_apart(entry: Entry) -> bool:
    """Say whether an entry is worse than the best beyond chance."""
    if entry.behind is None or entry.p_value is None:
        return False
    return entry.behind.excludes_zero and entry.p_value < ALPHA


def accuracy(targets: Indices, predictions: Indices) -> float:
    """Return the share that is right."""
    return float(np.mean(targets == predictions))


def macro_f1(targets: Indices, predictions: Indices) -> float:
    """Return the mean F1 over the classes that occur in either, as `modeling.evaluation` does."""
    size = int(max(targets.max(), predictions.max())) + 1
    both = np.bincount(targets, minlength=size) + np.bincount(predictions, minlength=size)
    right = np.bincount(targets[targets == predictions], minlength=size)
    seen = both > 0
    return float(np.mean(2 * right[seen] / both[seen]))


def _entry(
    item: tuple[str, str, Outcome, str, bool],
    truth: Indices,
    labels: Indices,
    best: Indices | None,
) -> Entry:
    name, kind, outcome, run_id, reused = item
    counts = count(truth, labels)
    return Entry(
        name=name,
        kind=kind,
        accuracy=proportion(int(np.sum(truth == labels)), len(truth)),
        macro_f1=mean_f1(counts, counts.seen),
        behind=None if best is None else difference(accuracy, truth, labels, best),
        p_value=None if best is None else mcnemar(truth, labels, best),
        train_seconds=outcome.train_seconds,
        texts_per_second=outcome.texts_per_second,
        size=outcome.size,
        machine=outcome.machine,
        run_id=run_id,
        reused=reused,
    )


def _order(truth: Indices, labels: Indices, outcome: Outcome) -> tuple[float, float, float]:
    return (-accuracy(truth, labels), -macro_f1(truth, labels), -outcome.texts_per_second)


def _numbers(labels: Sequence[str], number: dict[str, int]) -> Indices:
    return np.array([number[label] for label in labels], np.int64)


def _figures(second: Entry) -> str:
    gap = second.behind
    assert gap is not None and second.p_value is not None  # noqa: S101 - only the best has none
    return (
        f"{0.0 - gap.value * 100:.1f} points of accuracy "
        f"(95 % interval {0.0 - gap.high * 100:.1f} to {0.0 - gap.low * 100:.1f}, "
        f"exact McNemar p = {second.p_value:.2g})"
    )


def _cheaper(best: Entry, second: Entry) -> str:
    faster = max(best, second, key=lambda entry: entry.texts_per_second)
    return f"{faster.name} is the faster of the two; more labelled texts would tell them apart."
