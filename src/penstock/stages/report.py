"""The report of a test: figures, a page to read, a picture, and the champion beside it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from penstock.modeling.evaluation import Evaluation, confusion_matrix_figure

__all__ = ["Comparison", "Report"]


@dataclass(frozen=True, slots=True)
class Comparison:
    """The champion on the same texts; differences are candidate minus champion."""

    champion: str
    accuracy: float
    macro_f1: float
    accuracy_difference: float
    macro_f1_difference: float


@dataclass(frozen=True, slots=True)
class Report:
    """How a model did on a held-out split."""

    model: str
    dataset: str
    evaluation: Evaluation
    comparison: Comparison | None

    def to_dict(self) -> dict[str, Any]:
        """Return what `report.json` holds."""
        from dataclasses import asdict

        return {
            "format": 1,
            "model": self.model,
            "dataset": self.dataset,
            **self.evaluation.to_dict(),
            "champion": asdict(self.comparison) if self.comparison else None,
        }

    def metrics(self) -> dict[str, float]:
        """Return the figures MLflow gets."""
        figures = {
            "test_accuracy": self.evaluation.accuracy,
            "test_macro_f1": self.evaluation.macro_f1,
        }
        if self.comparison:
            figures["test_accuracy_vs_champion"] = self.comparison.accuracy_difference
        return figures

    def write(self, folder: Path) -> None:
        """Write `report.json`, `report.md` and `confusion_matrix.png`."""
        folder.mkdir(parents=True, exist_ok=True)
        text = json.dumps(self.to_dict(), indent=2, sort_keys=True)
        (folder / "report.json").write_text(text + "\n", encoding="utf-8")
        (folder / "report.md").write_text(self._page(), encoding="utf-8")
        confusion_matrix_figure(self.evaluation, folder / "confusion_matrix.png")

    def _page(self) -> str:
        figures = self.evaluation
        lines = [
            f"# {self.model} on {self.dataset}",
            "",
            f"Accuracy {figures.accuracy:.4f}, macro-F1 {figures.macro_f1:.4f}.",
            *self._versus(),
            "",
            "| class | precision | recall | F1 | texts |",
            "|---|---|---|---|---|",
            *(_row(name, row) for name, row in figures.per_class.items()),
            "",
            "![confusion matrix](confusion_matrix.png)",
        ]
        return "\n".join(lines) + "\n"

    def _versus(self) -> list[str]:
        if not self.comparison:
            return ["There is no champion yet."]
        versus = self.comparison
        return [
            f"The champion {versus.champion} has accuracy {versus.accuracy:.4f}: "
            f"a difference of {versus.accuracy_difference:+.4f}."
        ]


def _row(name: str, row: dict[str, float]) -> str:
    cells = (row["precision"], row["recall"], row["f1"])
    return f"| {name} | " + " | ".join(f"{c:.3f}" for c in cells) + f" | {row['support']:.0f} |"
