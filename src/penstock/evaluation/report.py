"""The report: everything there is to know about a classifier on one set of labelled texts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from penstock.engines.table import EngineRow
from penstock.errors import DataError
from penstock.evaluation import metrics
from penstock.evaluation.behaviour import Behaviour
from penstock.evaluation.calibration import calibration, coverage
from penstock.evaluation.checks import run as run_behaviour
from penstock.evaluation.comparison import Comparison, compare
from penstock.evaluation.figures import headline, per_class
from penstock.evaluation.findings import Findings
from penstock.evaluation.leaks import leaks
from penstock.evaluation.mistakes import mistakes
from penstock.evaluation.predictions import Model, Predictions
from penstock.evaluation.robustness import robustness
from penstock.evaluation.slices import slices

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["Report"]


@dataclass(frozen=True, slots=True)
class Report(Findings):
    """A classifier on labelled texts, looked at from every side; `Report.of` makes one.

    Its attributes are those of `Findings`.

    Examples
    --------
    >>> report = Report.of(classifier, texts, labels, slices={"language": codes})  # doctest: +SKIP
    >>> report.figures["macro_f1"]  # doctest: +SKIP
    Interval(value=0.83, low=0.79, high=0.86)
    >>> report.plot_slices()  # doctest: +SKIP
    """

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
        train: Sequence[str] | None = None,
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
        train : texts that the model was trained on; those nearly equal to one are counted.
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
            leaks=None if train is None else leaks(found, texts, train, seed),
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
            per_class=per_class(found),
            slices=_slices(found, texts, slices or {}),
            calibration=calibration(found, temperature),
            coverage=coverage(found),
            confusion=None
            if found.multilabel
            else metrics.confusion(found.targets, found.found, size).tolist(),
            mistakes=mistakes(found, texts),
        )

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


# Inside `of_predictions`, `slices` is a parameter.
_slices = slices


def _compared(
    found: Predictions, champion: tuple[str, Any], texts: list[str], seed: int
) -> Comparison:
    name, model = champion[0], Model(champion[1])
    return compare(found, name, model.classes, model.found(model.scores(texts)), seed=seed)
