"""The report as one HTML page: styles, pictures and data inside, nothing fetched."""

from __future__ import annotations

import io
import re
from functools import cache
from importlib import resources
from typing import Any

import matplotlib
from jinja2 import Environment, StrictUndefined, Template
from markupsafe import Markup

from penstock.evaluation import plots
from penstock.evaluation.findings import Findings

__all__ = ["page"]

# matplotlib draws words and axes in this; the page's own ink takes its place.
_INK = "#123457"
_FEW = 12

TITLES = {
    "accuracy": "accuracy",
    "macro_f1": "macro-F1",
    "micro_f1": "micro-F1",
    "weighted_f1": "weighted F1",
    "mcc": "Matthews' correlation",
    "log_loss": "log loss",
}


def page(report: Findings) -> str:
    """Return the page; every text is escaped by the template engine."""
    return _template().render(
        report=report,
        titles=TITLES,
        pictures=_pictures(report),
        confused=_confused(report),
        classes=sorted(report.per_class, key=lambda row: row.f1),
    )


@cache
def _template() -> Template:
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters["percent"] = lambda value: f"{value * 100:.1f} %"
    environment.filters["points"] = lambda value: f"{value * 100:+.1f}"
    environment.filters["size"] = lambda value: f"{value / 1e6:.1f} MB"
    source = resources.files("penstock.evaluation") / "page.html.jinja"
    return environment.from_string(source.read_text(encoding="utf-8"))


def _pictures(report: Findings) -> dict[str, Markup]:
    drawn = {"calibration": plots.calibration, "coverage": plots.coverage}
    drawn |= {"slices": plots.slices, "per_class": plots.per_class}
    if report.confusion is not None:
        drawn["confusion"] = plots.confusion
    if report.robustness:
        drawn["robustness"] = plots.robustness
    # Words in the page's own font; ids that are the same each time.
    settings: dict[Any, Any] = {"svg.fonttype": "none", "svg.hashsalt": "penstock"}
    settings |= {f"{part}.color": _INK for part in ("text", "xtick", "ytick")}
    settings |= {"axes.edgecolor": _INK, "axes.labelcolor": _INK, "axes.facecolor": "none"}
    with matplotlib.rc_context(settings):
        return {name: _svg(draw(report)) for name, draw in drawn.items()}


def _svg(axes: Any) -> Markup:
    held = io.BytesIO()
    axes.figure.savefig(held, format="svg", transparent=True, metadata={"Date": None})
    text = held.getvalue().decode("utf-8")
    text = text[text.index("<svg") :]
    text = re.sub(r"<metadata>.*?</metadata>", "", text, flags=re.DOTALL)
    # Ours: matplotlib wrote it and escapes the words in it.
    return Markup(text.replace(_INK, "currentColor"))  # noqa: S704


def _confused(report: Findings) -> list[tuple[str, str, int, float]]:
    """Return the pairs confused most: true, predicted, texts, share of the true class."""
    table = report.confusion or []
    pairs = [
        (report.classes[row], report.classes[column], count, count / sum(table[row]))
        for row, counts in enumerate(table)
        for column, count in enumerate(counts)
        if count and row != column
    ]
    return sorted(pairs, key=lambda pair: -pair[2])[:_FEW]
