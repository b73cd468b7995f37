"""Plots of a report, each on axes of its own figure or on those it is given.

No function touches pyplot: what a caller has open stays as it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from penstock.errors import DataError
from penstock.evaluation.findings import Findings
from penstock.evaluation.intervals import Interval

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["calibration", "confusion", "coverage", "per_class", "robustness", "slices"]

BLUE, RED, GREY = "#2f6fbf", "#c2452d", "#8a8f98"
_COUNTED = 25
"""Classes up to which a confusion matrix shows its counts."""


def confusion(report: Findings, ax: Axes | None = None) -> Axes:
    """Draw the confusion matrix; rows add up to 1 in colour."""
    if report.confusion is None:
        raise DataError("several labels a text have no confusion matrix", where="plot_confusion")
    counts = np.asarray(report.confusion)
    size = 3 + len(counts) * (0.5 if len(counts) <= _COUNTED else 0.2)
    ax = ax or _axes(min(size, 20), min(size * 0.9, 19))
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    ax.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    small = 9 if len(counts) <= _COUNTED else 6
    names = [_label(name) for name in report.classes]
    ax.set_xticks(range(len(names)), names, rotation=45, ha="right", fontsize=small)
    ax.set_yticks(range(len(names)), names, fontsize=small)
    ax.set(xlabel="predicted", ylabel="true", title="Confusion")
    if len(counts) <= _COUNTED:
        for (row, column), count in np.ndenumerate(counts):
            if count:
                color = "white" if shares[row, column] > 0.5 else "#20242b"
                ax.text(column, row, str(count), ha="center", va="center", color=color, fontsize=8)
    return ax


def calibration(report: Findings, ax: Axes | None = None) -> Axes:
    """Draw the reliability diagram; a dot's area is its share of the texts."""
    ax = ax or _axes(4.6, 4.2)
    bins = report.calibration.bins
    total = sum(item.n_samples for item in bins)
    ax.plot([0, 1], [0, 1], color=GREY, linestyle="--", linewidth=1, label="perfect")
    ax.plot([b.score for b in bins], [b.right for b in bins], color=BLUE, linewidth=1.5)
    areas = [20 + 280 * item.n_samples / total for item in bins]
    ax.scatter([b.score for b in bins], [b.right for b in bins], s=areas, color=BLUE, alpha=0.7)
    ax.set(xlabel="score", ylabel="share right", xlim=(0, 1.02), ylim=(0, 1.04))
    ax.set_title(f"Calibration: error {report.calibration.error:.3f}")
    return ax


def per_class(report: Findings, ax: Axes | None = None) -> Axes:
    """Draw F1 of each class, the worst at the top."""
    rows = sorted(report.per_class, key=lambda row: row.f1, reverse=True)
    names = [f"{_label(row.label)} ({row.support})" for row in rows]
    ax = _dots(names, [row.f1_interval for row in rows], [BLUE] * len(rows), ax)
    ax.axvline(report.macro_f1, color=GREY, linestyle="--", linewidth=1)
    ax.set(xlabel="F1, 95 % interval", title="Classes (texts)")
    return ax


def slices(report: Findings, ax: Axes | None = None) -> Axes:
    """Draw accuracy of each slice; red below the others, faint where there are few texts."""
    rows = report.slices[::-1]
    names = [f"{_label(row.column)}: {_label(row.value)} ({row.n_samples})" for row in rows]
    colors = [RED if row.stands_out == "below" else GREY if row.small else BLUE for row in rows]
    ax = _dots(names, [row.accuracy for row in rows], colors, ax)
    ax.axvline(report.accuracy, color=GREY, linestyle="--", linewidth=1)
    ax.set(xlabel="accuracy, 95 % interval", title="Slices (texts)")
    return ax


def coverage(report: Findings, ax: Axes | None = None) -> Axes:
    """Draw accuracy of the surest texts against their share."""
    ax = ax or _axes(4.6, 4.2)
    points = report.coverage
    ax.plot([p.coverage for p in points], [p.accuracy for p in points], color=BLUE, linewidth=2)
    low = min(p.accuracy for p in points)
    ax.set(xlabel="share answered", ylabel="accuracy of the answers", xlim=(0, 1.02))
    ax.set_ylim(max(0.0, low - 0.05), 1.01)
    ax.set_title("Holding back the unsure")
    return ax


def robustness(report: Findings, ax: Axes | None = None) -> Axes:
    """Draw accuracy on perturbed texts."""
    if not report.robustness:
        raise DataError("no perturbation was measured", where="plot_robustness")
    rows = report.robustness[::-1]
    colors = [RED if row.change.high < 0 else BLUE for row in rows]
    ax = _dots([row.perturbation for row in rows], [row.accuracy for row in rows], colors, ax)
    ax.axvline(report.accuracy, color=GREY, linestyle="--", linewidth=1)
    ax.set(xlabel="accuracy, 95 % interval", title="Perturbed texts")
    return ax


def _dots(
    names: Sequence[str], values: Sequence[Interval | None], colors: Sequence[str], ax: Axes | None
) -> Axes:
    """Draw a dot and its interval on a line for each name, the last at the top."""
    ax = ax or _axes(6.4, 1.4 + 0.27 * len(names))
    for at, (interval, color) in enumerate(zip(values, colors, strict=True)):
        if interval is None:
            continue  # no text to judge by: the name stands alone
        ax.plot([interval.low, interval.high], [at, at], color=color, linewidth=2, alpha=0.55)
        ax.plot([interval.value], [at], "o", color=color, markersize=5)
    ax.set_yticks(range(len(names)), names, fontsize=9 if len(names) <= 40 else 7)
    ax.set_ylim(-0.7, len(names) - 0.3)
    ax.set_xlim(min([0.5, *(v.low for v in values if v)]) - 0.02, 1.02)
    ax.grid(axis="x", color=GREY, alpha=0.2)
    return ax


def _axes(width: float, height: float) -> Any:
    figure = Figure(figsize=(width, height), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    axes.spines[["top", "right"]].set_visible(False)
    return axes


def _label(name: str) -> str:
    """Return a label that matplotlib takes as text: a `$` would start mathematics."""
    return name[:40].replace("$", r"\$")
