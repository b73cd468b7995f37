"""Predictions: what a model said of labelled texts, checked and numbered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

from penstock.engines.tokens import LongText, TextTokenizer
from penstock.errors import DataError, InputError, did_you_mean

__all__ = ["Model", "Predictions"]


@dataclass(frozen=True, slots=True)
class Predictions:
    """Scores beside the truth.

    Attributes
    ----------
    classes : labels in the order of the columns.
    targets : class indices of shape (n,); for several labels, indicators (n, n_classes).
    scores : probabilities of shape (n, n_classes).
    found : what is predicted, in the form of `targets`.
    thresholds : of each label, shape (n_classes,), for several labels; else None.
    """

    classes: list[Any]
    targets: NDArray[np.int64]
    scores: NDArray[np.float64]
    found: NDArray[np.int64]
    thresholds: NDArray[np.float64] | None

    @classmethod
    def of(cls, labels: Any, scores: Any, classes: Sequence[Any], thresholds: Any = None) -> Self:
        """Compare scores with true labels.

        Parameters
        ----------
        labels : of shape (n,), or indicators of shape (n, n_classes).
        scores : shape (n, n_classes).
        classes : labels in the order of the columns.
        thresholds : of each label, for indicators; default 0.5.

        Raises
        ------
        DataError : shapes do not fit, there is no text, a score is not a number between 0 and
            1, or a label is none of the classes.
        """
        names = list(np.asarray(classes, object).tolist())
        truth = labels if isinstance(labels, np.ndarray) else _array(labels)
        table = np.asarray(scores, np.float64)
        if not len(truth):
            raise DataError("there are no labels to compare with", where="labels")
        if table.shape != (len(truth), len(names)):
            expected = (len(truth), len(names))
            raise DataError(f"expected shape {expected}, got {table.shape}", where="scores")
        if not ((table >= -1e-6) & (table <= 1 + 1e-6)).all():
            raise DataError("are not all between 0 and 1", where="scores", hint="softmax them")
        if truth.ndim == 2 and truth.shape[1] > 1:
            return cls._several(names, truth, table, thresholds)
        return cls(names, _indices(truth.ravel(), names), table, table.argmax(axis=1), None)

    @classmethod
    def _several(
        cls, names: list[Any], truth: NDArray[Any], table: NDArray[np.float64], thresholds: Any
    ) -> Self:
        if truth.shape != table.shape or not np.isin(truth, (0, 1)).all():
            raise DataError(
                f"expected 0 and 1 of shape {table.shape}, got {truth.shape}", where="labels"
            )
        limits = np.full(len(names), 0.5) if thresholds is None else np.asarray(thresholds, float)
        found = (table >= limits).astype(np.int64)
        return cls(names, truth.astype(np.int64), table, found, limits)

    def __len__(self) -> int:
        return len(self.targets)

    @property
    def multilabel(self) -> bool:
        """Whether a text has any number of labels."""
        return self.targets.ndim == 2

    @property
    def right(self) -> NDArray[np.bool_]:
        """Which texts are right, shape (n,); of several labels, all must be."""
        equal = self.targets == self.found
        return np.asarray(equal.all(axis=1) if self.multilabel else equal)

    def part(self, rows: NDArray[np.int64]) -> Predictions:
        """Return the predictions of some texts, by their row numbers."""
        return Predictions(
            self.classes, self.targets[rows], self.scores[rows], self.found[rows], self.thresholds
        )

    def named(self, row: Any) -> str:
        """Return one row of `targets` or `found` in words."""
        at = [int(row)] if np.ndim(row) == 0 else np.flatnonzero(row).tolist()
        return ", ".join(str(self.classes[number]) for number in at) or "none"


class Model:
    """Anything that scores texts, seen one way: our scorer, our classifier, a pipeline.

    Parameters
    ----------
    scorer : has ``predict_proba(texts)`` and ``classes`` or ``classes_``; ``thresholds`` (or
        ``thresholds_``), ``temperature``, ``max_length`` are used where it has them.

    Raises
    ------
    InputError : it has no ``predict_proba`` or no classes.
    """

    def __init__(self, scorer: Any) -> None:
        if not callable(getattr(scorer, "predict_proba", None)):
            raise InputError(
                f"{type(scorer).__name__} has no predict_proba",
                hint="give a fitted TransformerClassifier, a TextScorer or a scikit-learn pipeline",
            )
        classes = self._either(scorer, "classes")
        if classes is None:
            raise InputError(f"{type(scorer).__name__} has no classes", hint="fit it first")
        self.classes: list[Any] = list(np.asarray(classes, object).tolist())
        self.thresholds = self._either(scorer, "thresholds")
        self.temperature: float | None = self._either(scorer, "temperature")
        self.max_length: int | None = getattr(scorer, "max_length", None)
        self._scorer = scorer

    @staticmethod
    def _either(scorer: Any, name: str) -> Any:
        return (
            getattr(scorer, name, None)
            if hasattr(scorer, name)
            else getattr(scorer, f"{name}_", None)
        )

    def scores(self, texts: Sequence[str]) -> NDArray[np.float64]:
        """Return probabilities of shape (n, n_classes)."""
        if not len(texts):
            return np.empty((0, len(self.classes)))
        return np.asarray(self._scorer.predict_proba(list(texts)), np.float64)

    def found(self, scores: NDArray[np.float64]) -> NDArray[np.int64]:
        """Return what scores say: best class, or the labels above their thresholds."""
        if self.thresholds is None:
            return np.asarray(scores.argmax(axis=1), np.int64)
        return np.asarray(scores >= np.asarray(self.thresholds), np.int64)

    def named(self, row: Any) -> list[str]:
        """Return the labels of one row of `found`."""
        at = [int(row)] if np.ndim(row) == 0 else np.flatnonzero(row).tolist()
        return [str(self.classes[number]) for number in at]

    def truncated(self, texts: Sequence[str]) -> int | None:
        """Return how many texts are longer than the model reads; None where it cannot tell."""
        if hasattr(self._scorer, "encode"):
            return int(self._scorer.encode(texts).truncated.sum())
        if hasattr(self._scorer, "tokenizer_") and self.max_length is not None:
            # A copy: to count with it, truncation is switched off.
            copy = Tokenizer.from_str(self._scorer.tokenizer_.backend_tokenizer.to_str())
            long_text: LongText = getattr(self._scorer, "long_text", "head")
            found = TextTokenizer(copy, self.max_length, long_text).encode(list(texts))
            return int(found.truncated.sum())
        return None


def _array(labels: Any) -> NDArray[Any]:
    if hasattr(labels, "to_numpy"):
        return np.asarray(labels.to_numpy())
    items = list(labels)
    if items and isinstance(items[0], list | np.ndarray):
        return np.asarray(items)
    boxed = np.empty(len(items), object)
    boxed[:] = items
    return boxed


def _indices(labels: NDArray[Any], names: list[Any]) -> NDArray[np.int64]:
    index = {name: number for number, name in enumerate(names)}
    items = labels.tolist()
    unknown = sorted({str(label) for label in items if label not in index})
    if unknown:
        raise DataError(
            f"{len(unknown)} labels are none of the classifier's classes: {', '.join(unknown[:5])}",
            where="labels",
            hint=did_you_mean(unknown[0], map(str, names)),
        )
    return np.array([index[label] for label in items], np.int64)
