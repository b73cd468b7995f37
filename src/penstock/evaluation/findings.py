"""What was found out about a classifier on one set of labelled texts, as plain data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

import msgspec

from penstock.engines.table import EngineRow
from penstock.errors import ConfigError
from penstock.evaluation.calibration import Calibration, CoveragePoint
from penstock.evaluation.checks import BehaviourResult
from penstock.evaluation.comparison import Comparison
from penstock.evaluation.figures import ClassFigures
from penstock.evaluation.intervals import Interval
from penstock.evaluation.leaks import Leaks
from penstock.evaluation.mistakes import Mistake
from penstock.evaluation.robustness import Perturbed
from penstock.evaluation.slices import Slice

__all__ = ["Findings"]

FORMAT = 2
"""1 was plain figures without intervals: there is nothing in it to draw."""


@dataclass(frozen=True, slots=True)
class Findings:
    """A classifier on labelled texts: what `Report` is made of, and plots and page show.

    Attributes
    ----------
    name : of the model.
    n_samples : texts looked at.
    classes : labels, as text, in the order of the columns.
    multilabel : whether a text has any number of labels; then ``accuracy`` is that of whole
        rows, there is no ``confusion`` and no ``mcc``.
    figures : ``accuracy``, ``macro_f1``, ``micro_f1``, ``weighted_f1``, ``mcc`` and
        ``log_loss``, each with its 95 % interval.
    per_class, slices, calibration, coverage, mistakes, behaviour, robustness : their rooms.
    confusion : rows are true, columns predicted; shape (n_classes, n_classes).
    truncated : texts longer than the model reads; None where it cannot tell.
    max_length : tokens it reads, where known.
    comparison : the champion beside it, if there is one.
    engines : rows of the table of engines, if measured.
    dataset : what the texts are called.
    leaks : texts that are nearly in the train split; None where that is not known.
    """

    name: str
    n_samples: int
    classes: list[str]
    multilabel: bool
    figures: dict[str, Interval]
    per_class: list[ClassFigures]
    slices: list[Slice]
    calibration: Calibration
    coverage: list[CoveragePoint]
    confusion: list[list[int]] | None
    mistakes: list[Mistake]
    truncated: int | None = None
    max_length: int | None = None
    behaviour: list[BehaviourResult] = field(default_factory=list)
    robustness: list[Perturbed] = field(default_factory=list)
    comparison: Comparison | None = None
    engines: list[EngineRow] = field(default_factory=list)
    dataset: str | None = None
    leaks: Leaks | None = None

    @property
    def accuracy(self) -> float:
        """Share of texts that are right."""
        return self.figures["accuracy"].value

    @property
    def macro_f1(self) -> float:
        """Mean of the classes' F1."""
        return self.figures["macro_f1"].value

    @property
    def failed(self) -> list[BehaviourResult]:
        """The behavioural tests that failed."""
        return [test for test in self.behaviour if test.failed]

    @property
    def not_tested(self) -> list[BehaviourResult]:
        """The behavioural tests that had no text to run on: they say nothing."""
        return [test for test in self.behaviour if not test.tested]

    def metrics(self, prefix: str = "") -> dict[str, float]:
        """Return figures by name, with ``_low`` and ``_high``, as MLflow takes them."""
        found: dict[str, float] = {}
        for name, interval in self.figures.items():
            found |= _flat(name, interval)
        found["calibration_error"] = self.calibration.error
        if self.comparison:
            found |= _flat("accuracy_vs_champion", self.comparison.accuracy_difference)
            found |= _flat("macro_f1_vs_champion", self.comparison.macro_f1_difference)
            found["mcnemar_p_value"] = self.comparison.p_value
        if self.behaviour:
            found["behaviours_failed"] = float(len(self.failed))
            found["behaviours_not_tested"] = float(len(self.not_tested))
        if self.leaks:
            found["leaks"] = float(self.leaks.n_samples)
        if self.leaks and self.leaks.n_samples and self.leaks.figures:
            for name in ("accuracy", "macro_f1"):
                found |= _flat(f"{name}_without_leaks", self.leaks.figures[name])
        if self.truncated is not None:
            found["truncated"] = float(self.truncated)
        return {prefix + name: value for name, value in found.items()}

    def to_dict(self) -> dict[str, Any]:
        """Return plain data for JSON, with a format version."""
        data: dict[str, Any] = msgspec.to_builtins(self)
        return {"format": FORMAT, "accuracy": self.accuracy, "macro_f1": self.macro_f1, **data}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Return the report that `to_dict` wrote; ConfigError where it is none."""
        if data.get("format") != FORMAT:
            raise ConfigError(
                f"format {data.get('format')!r} is unknown",
                where="report",
                hint="run the test again",
            )
        try:
            return msgspec.convert(dict(data), cls)
        except msgspec.ValidationError as error:
            raise ConfigError(str(error), where="report") from None


def _flat(name: str, interval: Interval) -> dict[str, float]:
    return {name: interval.value, f"{name}_low": interval.low, f"{name}_high": interval.high}
