"""A report in the terminal: figures, the worst classes, slices, behaviours, the champion."""

from __future__ import annotations

from typing import TYPE_CHECKING

from penstock.cli.output import Part, say, table

if TYPE_CHECKING:
    from penstock.evaluation import Report
    from penstock.evaluation.checks import BehaviourResult
    from penstock.evaluation.intervals import Interval

__all__ = ["show_report"]

_CLASSES = 10


def show_report(report: Report) -> None:
    """Print what a person should know of a report."""
    rows = [(name.replace("_", " "), *_cells(found)) for name, found in report.figures.items()]
    table(None, ("figure", "", "95 % interval"), rows)
    if report.truncated:
        told = f"{report.truncated} texts are longer than {report.max_length} tokens"
        say((told, "yellow"))
    _leaks(report)
    _classes(report)
    _slices(report)
    _behaviour(report)
    say(f"champion: {report.comparison}" if report.comparison else "no champion yet")


def _leaks(report: Report) -> None:
    found = report.leaks
    if not found or not found.n_samples:
        return
    rest = "no other is left"
    if found.figures:
        accuracy, macro_f1 = found.figures["accuracy"], found.figures["macro_f1"]
        rest = f"without them accuracy {accuracy}, macro-F1 {macro_f1}"
    told = f"{found.n_samples} of {report.n_samples} texts are nearly equal to texts of the "
    told += "train split"
    say((told, "yellow"), f": {rest}")


def _classes(report: Report) -> None:
    worst = sorted(report.per_class, key=lambda row: row.f1)[:_CLASSES]
    rows = [
        (
            row.label,
            f"{row.precision:.3f}",
            f"{row.recall:.3f}",
            *_cells(row.f1_interval),
            row.support,
        )
        for row in worst
    ]
    more = f", the worst {_CLASSES} of {len(report.per_class)}"
    title = "class" + (more if len(report.per_class) > _CLASSES else "")
    table(None, (title, "precision", "recall", "F1", "95 % interval", "texts"), rows)


def _slices(report: Report) -> None:
    rows = []
    for part in report.slices:
        notes = [f"{part.stands_out} the others"] if part.stands_out else []
        notes += ["few texts"] if part.small else []
        name = f"{part.column} {part.value}"
        rows.append((name, part.n_samples, *_cells(part.accuracy), ", ".join(notes)))
    table(None, ("slice", "texts", "accuracy", "95 % interval", ""), rows)


def _behaviour(report: Report) -> None:
    if not report.behaviour:
        return
    rows = [
        (
            _outcome(test),
            test.name,
            f"{test.failures} of {test.n_samples}" if test.tested else "no text",
            f"{test.max_failure_rate:.0%}",
            "required" if test.required else "",
        )
        for test in report.behaviour
    ]
    table(None, ("", "behaviour", "texts failed", "may fail", ""), rows)


def _outcome(test: BehaviourResult) -> Part:
    if not test.tested:
        return "not tested", "yellow"
    return ("ok", "green") if test.passed else ("failed", "red")


def _cells(interval: Interval | None) -> tuple[str, str]:
    if interval is None:
        return "", "no texts"
    return f"{interval.value:.3f}", f"{interval.low:.3f} to {interval.high:.3f}"
