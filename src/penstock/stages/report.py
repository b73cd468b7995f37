"""The files of a test's report: a page, its data, and pictures."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from penstock.evaluation import Report

__all__ = ["write_report"]


def write_report(report: Report, folder: Path) -> None:
    """Write `report.html`, `report.json` and a PNG of each picture."""
    folder.mkdir(parents=True, exist_ok=True)
    text = json.dumps(report.to_dict(), indent=2, sort_keys=True)
    (folder / "report.json").write_text(text + "\n", encoding="utf-8")
    (folder / "report.html").write_text(report.to_html(), encoding="utf-8")
    drawn = {
        "calibration": report.plot_calibration,
        "coverage": report.plot_coverage,
        "per_class": report.plot_per_class,
        "robustness": report.plot_robustness,
        "slices": report.plot_slices,
    }
    if report.confusion is not None:
        drawn["confusion_matrix"] = report.plot_confusion
    for name, draw in drawn.items():
        figure: Any = draw().figure
        figure.savefig(folder / f"{name}.png", dpi=100)
