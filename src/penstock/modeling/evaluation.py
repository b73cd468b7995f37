"""Evaluation: what a classifier got right, class by class, and whether its scores mean it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import confusion_matrix, precision_recall_fscore_support

from penstock.errors import DataError

__all__ = ["Evaluation", "confusion_matrix_figure", "evaluate"]

_BINS = 15
"""Bins of the expected calibration error, as in Guo et al., 2017."""

_SMALLEST = 1e-7
"""Scores are 32-bit floats; log loss takes none below this."""


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Figures of one classifier on one set of labelled texts.

    Attributes
    ----------
    n_samples : texts looked at.
    accuracy : share whose best class is the true one.
    macro_f1 : mean of the classes' F1, over classes that occur or were predicted.
    log_loss : mean of ``-log(score of the true class)``.
    calibration_error : expected calibration error over 15 bins of the best score.
    classes : the labels, in the order of the matrix.
    per_class : ``precision``, ``recall``, ``f1`` and ``support`` (texts that truly have the
        label) for each label, by ``str(label)``.
    confusion : rows are true, columns predicted; shape (n_classes, n_classes).
    """

    n_samples: int
    accuracy: float
    macro_f1: float
    log_loss: float
    calibration_error: float
    classes: list[Any]
    per_class: dict[str, dict[str, float]]
    confusion: list[list[int]]

    @property
    def ece(self) -> float:
        """The expected calibration error."""
        return self.calibration_error

    def to_dict(self) -> dict[str, Any]:
        """Return plain data for JSON."""
        return asdict(self)


def evaluate(y_true: Any, proba: Any, classes: Sequence[Any]) -> Evaluation:
    """Compare scores with true labels.

    Parameters
    ----------
    y_true : labels of shape (n_samples,).
    proba : scores of shape (n_samples, n_classes).
    classes : the labels, in the order of the columns.

    Raises
    ------
    DataError
        Shapes do not fit, there is nothing to look at, or a label is not among the classes.
    """
    names = list(classes.tolist()) if isinstance(classes, np.ndarray) else list(classes)
    scores = np.asarray(proba, np.float64)
    targets = _targets(y_true, names)
    if scores.shape != (len(targets), len(names)):
        expected = (len(targets), len(names))
        raise DataError(f"expected shape {expected}, got {scores.shape}", where="proba")
    best = scores.argmax(axis=1)
    true_scores = scores[np.arange(len(targets)), targets]
    precision, recall, f1, support = precision_recall_fscore_support(
        targets, best, labels=range(len(names)), zero_division=0.0
    )
    seen = (support > 0) | (np.bincount(best, minlength=len(names)) > 0)
    figures = {"precision": precision, "recall": recall, "f1": f1, "support": support}
    return Evaluation(
        n_samples=len(targets),
        accuracy=float(np.mean(best == targets)),
        macro_f1=float(f1[seen].mean()),
        log_loss=float(-np.log(np.maximum(true_scores, _SMALLEST)).mean()),
        calibration_error=_calibration_error(scores.max(axis=1), best == targets),
        classes=names,
        per_class={
            str(name): {figure: values[row].item() for figure, values in figures.items()}
            for row, name in enumerate(names)
        },
        confusion=confusion_matrix(targets, best, labels=range(len(names))).tolist(),
    )


def confusion_matrix_figure(evaluation: Evaluation, path: Path) -> Path:
    """Draw the confusion matrix as a PNG at ``path`` and return it.

    Rows add up to 1 in colour; counts are written in the cells while there are at most 25
    classes. No display is needed.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    counts = np.asarray(evaluation.confusion)
    n_classes = len(counts)
    size = max(5.0, min(24.0, 3.0 + 0.27 * n_classes if n_classes > 12 else 3.0 + 0.6 * n_classes))
    figure = Figure(figsize=(size, size), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    axes.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    _name_axes(axes, evaluation)
    if n_classes <= 25:
        _write_counts(axes, counts, shares)
    figure.savefig(path, dpi=100)
    return Path(path)


def _targets(y_true: Any, names: list[Any]) -> NDArray[np.int64]:
    labels = y_true.tolist() if hasattr(y_true, "tolist") else list(y_true)
    if not labels:
        raise DataError("there are no labels to compare with", where="y_true")
    index = {name: number for number, name in enumerate(names)}
    unknown = sorted({str(label) for label in labels if label not in index})
    if unknown:
        raise DataError(
            f"{len(unknown)} labels are none of the classifier's classes: {', '.join(unknown[:5])}",
            where="y_true",
            hint=f"its classes: {', '.join(str(name) for name in names[:10])}",
        )
    return np.array([index[label] for label in labels], np.int64)


def _calibration_error(confidence: NDArray[np.float64], right: NDArray[np.bool_]) -> float:
    bins = np.minimum((confidence * _BINS).astype(int), _BINS - 1)
    gaps = [
        abs(float(confidence[bins == number].sum() - right[bins == number].sum()))
        for number in range(_BINS)
    ]
    return sum(gaps) / len(confidence)


def _name_axes(axes: Any, evaluation: Evaluation) -> None:
    names = [str(name)[:40] for name in evaluation.classes]
    size = 9 if len(names) <= 25 else 7
    axes.set_xticks(range(len(names)), names, rotation=90, fontsize=size)
    axes.set_yticks(range(len(names)), names, fontsize=size)
    axes.set_xlabel("predicted")
    axes.set_ylabel("true")
    axes.set_title(f"accuracy {evaluation.accuracy:.1%}, macro F1 {evaluation.macro_f1:.1%}")


def _write_counts(axes: Any, counts: NDArray[Any], shares: NDArray[Any]) -> None:
    for (row, column), count in np.ndenumerate(counts):
        if count:
            color = "white" if shares[row, column] > 0.5 else "black"
            axes.text(column, row, str(count), ha="center", va="center", color=color, fontsize=8)
