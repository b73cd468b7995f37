"""The report: everything there is to know about a classifier on one set of labelled texts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import msgspec

from penstock.engines.table import EngineRow
from penstock.errors import ConfigError, DataError
from penstock.evaluation import metrics
from penstock.evaluation.behaviour import Behaviour
from penstock.evaluation.calibration import Calibration, CoveragePoint, calibration, coverage
from penstock.evaluation.checks import BehaviourResult
from penstock.evaluation.checks import run as run_behaviour
from penstock.evaluation.comparison import Comparison, compare
from penstock.evaluation.figures import ClassFigures, headline, per_class
from penstock.evaluation.intervals import Interval
from penstock.evaluation.mistakes import Mistake, mistakes
from penstock.evaluation.predictions import Model, Predictions
from penstock.evaluation.robustness import Perturbed, robustness
from penstock.evaluation.slices import Slice, slices

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["Report"]

FORMAT = 2
"""1 was plain figures without intervals: there is nothing in it to draw."""


@dataclass(frozen=True, slots=True)
class Report:
    """A classifier on labelled texts; `Report.of` makes one.

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

    Examples
    --------
    >>> report = Report.of(classifier, texts, labels, slices={"language": codes})  # doctest: +SKIP
    >>> report.figures["macro_f1"]  # doctest: +SKIP
    Interval(value=0.83, low=0.79, high=0.86)
    >>> report.plot_slices()  # doctest: +SKIP
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

    @classmethod
    def of(
        cls,
        classifier: Any,
        texts: Sequence[str],
        labels: Any,
        *,
        slices: Mapping[str, Sequence[Any]] | None = None,
        behaviour: Behaviour | str | Path | None = None,
        champion: tuple[str, Any] | None = None,
        engines: Sequence[EngineRow] = (),
        name: str | None = None,
        dataset: str | None = None,
        seed: int = 0,
    ) -> Self:
        """Score texts and look at the result from every side.

        Parameters
        ----------
        classifier : anything with ``predict_proba`` and ``classes_`` or ``classes``: a
            TransformerClassifier, the container's TextScorer, a scikit-learn pipeline.
        texts : shape (n_samples,).
        labels : shape (n_samples,), or indicators of shape (n_samples, n_classes).
        slices : name of a column to its value for each text.
        behaviour : a suite of behavioural tests, or its YAML file.
        champion : name and model to compare with.
        engines : rows to show.
        name, dataset : shown; `name` defaults to the classifier's type.
        seed : of resamples, typing errors and templates.

        Raises
        ------
        InputError : the classifier cannot score.
        DataError : texts, labels and slices do not fit, or a label is none of the classes.
        ConfigError : the behavioural tests are wrong.
        """
        model, texts = Model(classifier), [str(text) for text in texts]
        suite = Behaviour.load(behaviour) if isinstance(behaviour, str | Path) else behaviour
        if suite:
            suite.check(model.classes)
        found = Predictions.of(labels, model.scores(texts), model.classes, model.thresholds)
        report = cls.of_predictions(
            found,
            texts,
            slices=slices,
            temperature=model.temperature,
            name=name or type(classifier).__name__,
            seed=seed,
        )
        return replace(
            report,
            truncated=model.truncated(texts),
            max_length=model.max_length,
            behaviour=run_behaviour(suite, model, texts, seed) if suite else [],
            robustness=robustness(model, found, texts, seed),
            comparison=_compared(found, champion, texts, seed) if champion else None,
            engines=list(engines),
            dataset=dataset,
        )

    @classmethod
    def of_scores(
        cls,
        scores: Any,
        texts: Sequence[str],
        labels: Any,
        classes: Sequence[Any],
        *,
        thresholds: Any = None,
        slices: Mapping[str, Sequence[Any]] | None = None,
        temperature: float | None = None,
        name: str = "model",
        seed: int = 0,
    ) -> Self:
        """Look at scores of shape (n_samples, n_classes) that are there already.

        There is no behaviour and no robustness: these need a model to ask.
        Parameters and errors as in `of`.
        """
        return cls.of_predictions(
            Predictions.of(labels, scores, classes, thresholds),
            texts,
            slices=slices,
            temperature=temperature,
            name=name,
            seed=seed,
        )

    @classmethod
    def of_predictions(
        cls,
        found: Predictions,
        texts: Sequence[str],
        *,
        slices: Mapping[str, Sequence[Any]] | None = None,
        temperature: float | None = None,
        name: str = "model",
        seed: int = 0,
    ) -> Self:
        """Make a report of checked predictions; DataError where texts or slices do not fit."""
        if len(texts) != len(found):
            raise DataError(f"{len(texts)} texts for {len(found)} labels", where="texts")
        size = len(found.classes)
        return cls(
            name=name,
            n_samples=len(found),
            classes=[str(label) for label in found.classes],
            multilabel=found.multilabel,
            figures=headline(found, seed=seed),
            per_class=per_class(found, seed=seed),
            slices=_slices(found, texts, slices or {}),
            calibration=calibration(found, temperature),
            coverage=coverage(found),
            confusion=None
            if found.multilabel
            else metrics.confusion(found.targets, found.found, size).tolist(),
            mistakes=mistakes(found, texts),
        )

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
        return [test for test in self.behaviour if not test.passed]

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

    def to_html(self) -> str:
        """Return one self-contained page: no request leaves it, and texts are escaped."""
        from penstock.evaluation.page import page

        return page(self)

    def plot_confusion(self, ax: Axes | None = None) -> Axes:
        """Draw which classes are taken for which; DataError for several labels a text."""
        from penstock.evaluation import plots

        return plots.confusion(self, ax)

    def plot_calibration(self, ax: Axes | None = None) -> Axes:
        """Draw the share right against the score (a reliability diagram)."""
        from penstock.evaluation import plots

        return plots.calibration(self, ax)

    def plot_per_class(self, ax: Axes | None = None) -> Axes:
        """Draw F1 of each class with its interval, the worst first."""
        from penstock.evaluation import plots

        return plots.per_class(self, ax)

    def plot_slices(self, ax: Axes | None = None) -> Axes:
        """Draw accuracy of each slice with its interval."""
        from penstock.evaluation import plots

        return plots.slices(self, ax)

    def plot_coverage(self, ax: Axes | None = None) -> Axes:
        """Draw accuracy against the share of texts answered."""
        from penstock.evaluation import plots

        return plots.coverage(self, ax)

    def plot_robustness(self, ax: Axes | None = None) -> Axes:
        """Draw accuracy on perturbed texts; DataError where none was measured."""
        from penstock.evaluation import plots

        return plots.robustness(self, ax)


# Inside the class, `slices` is the field.
_slices = slices


def _compared(
    found: Predictions, champion: tuple[str, Any], texts: list[str], seed: int
) -> Comparison:
    name, model = champion[0], Model(champion[1])
    return compare(found, name, model.classes, model.found(model.scores(texts)), seed=seed)


def _flat(name: str, interval: Interval) -> dict[str, float]:
    return {name: interval.value, f"{name}_low": interval.low, f"{name}_high": interval.high}
