"""A wrapped classifier in Python: filters and classifier as steps of scikit-learn's Pipeline."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from types import SimpleNamespace
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from sklearn import pipeline as sklearn_pipeline
from sklearn.base import BaseEstimator, ClassifierMixin, TransformerMixin

from penstock.errors import InputError
from penstock.filters import Filter, Pipeline, Record, answered
from penstock.filters.parameters import build, declared, to_dict
from penstock.modeling.texts import as_texts

__all__ = ["Answers", "ClassifierStep", "FilterStep", "Records", "wrapped"]


def wrapped(classifier: Any, filters: Pipeline | Mapping[str, Any]) -> sklearn_pipeline.Pipeline:
    """Return a scikit-learn pipeline of a classifier inside the filters of a deployment file.

    It takes texts, or `Record` with headers and fields. ``predict`` gives labels, None where
    there is none; ``transform`` gives the answered records, as the container has them.
    ``fit`` trains the classifier on what the filters leave of the texts. Parameters are set as
    in any pipeline: ``set_params(suppress_below__threshold=0.7)``.

    Parameters
    ----------
    classifier : fitted or not: a `TransformerClassifier`, a `TextScorer`, or any classifier of
        scikit-learn with ``predict_proba`` that takes texts.
    filters : a `Pipeline`, whose filter objects are taken as they are, or what
        ``Pipeline.from_dict`` takes.

    Raises
    ------
    ConfigError : the filters are wrong.
    """
    made = filters if isinstance(filters, Pipeline) else Pipeline.from_dict(filters)
    if callable(spans := getattr(classifier, "spans", None)):
        made.bind_tokenizer(spans)
    steps: list[tuple[str, Any]] = [("records", Records())]
    steps += [(f.name, FilterStep(f, "before")) for f in made.before_filters]
    steps.append(("classifier", ClassifierStep(classifier)))
    steps += [(f.name, FilterStep(f, "after")) for f in made.after_filters]
    steps.append(("answers", Answers(_classes(classifier))))
    return sklearn_pipeline.Pipeline(_with_own_names(steps))


def _with_own_names(steps: Sequence[tuple[str, Any]]) -> list[tuple[str, Any]]:
    """Number the names that come again: ``cache``, ``cache_2``."""
    seen: dict[str, int] = {}
    named = []
    for name, step in steps:
        seen[name] = seen.get(name, 0) + 1
        named.append((name if seen[name] == 1 else f"{name}_{seen[name]}", step))
    return named


def _classes(classifier: Any) -> list[Any] | None:
    found = getattr(classifier, "classes", None)
    found = getattr(classifier, "classes_", None) if found is None else found
    return None if found is None else np.asarray(found, object).tolist()


class _Step(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """A step that learns nothing."""

    def fit(self, records: Any, y: Any = None) -> Self:
        """Return self."""
        return self

    def __sklearn_is_fitted__(self) -> bool:
        return True


class Records(_Step):
    """Makes a record of each text; what is a record already stays one."""

    def transform(self, texts: Any) -> list[Record]:
        """Return n records; DataError where something is neither text nor record."""
        items = texts if isinstance(texts, list) else list(texts)
        if items and all(isinstance(item, Record) for item in items):
            return list(items)
        return [Record(text) for text in as_texts(texts)]


class FilterStep(_Step):
    """One side of a filter.

    Parameters
    ----------
    filter_ : the filter; its own parameters can be got and set beside it.
    side : ``before`` or ``after``.
    """

    def __init__(self, filter_: Filter, side: str) -> None:
        self.filter_ = filter_
        self.side = side

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """Return filter and side; `deep`, the filter's parameters too."""
        own = {name.name: getattr(self.filter_, name.name) for name in declared(type(self.filter_))}
        return {"filter_": self.filter_, "side": self.side, **(own if deep else {})}

    def set_params(self, **params: Any) -> Self:
        """Set them; InputError, with its place, for one that is unknown or out of range."""
        self.filter_ = params.pop("filter_", self.filter_)
        self.side = params.pop("side", self.side)
        if params:
            given = {k: v for k, v in to_dict(self.filter_).items() if k != "filter"}
            made, problems = build(type(self.filter_), {**given, **params}, self.filter_.name)
            if made is None:
                raise InputError(problems=problems)
            self.filter_ = made
        return self

    def fit(self, records: Any, y: Any = None) -> Self:
        """Make what the filter remembers of another classifier worth nothing; return self."""
        if callable(bind := getattr(self.filter_, "bind", None)):
            bind(uuid.uuid4().hex)
        return self

    def transform(self, records: list[Record]) -> list[Record]:
        """Run this side of the filter."""
        steps: Any = [self.filter_]
        if self.side == "before":
            return Pipeline(steps).before(records)
        return Pipeline((), steps).after(records)


class ClassifierStep(_Step):
    """Gives records that are pending their answers.

    Parameters
    ----------
    classifier : as in `wrapped`.
    """

    def __init__(self, classifier: Any) -> None:
        self.classifier = classifier

    def fit(self, records: list[Record], y: Any = None) -> Self:
        """Fit the classifier on the texts that the filters before it left pending."""
        rows = [row for row, record in enumerate(records) if record.pending]
        self.classifier.fit([records[row].text for row in rows], _taken(y, rows))
        return self

    def fit_transform(self, records: list[Record], y: Any = None, **params: Any) -> list[Record]:
        """Fit, and hand on nothing: behind the classifier there is nothing to learn."""
        self.fit(records, y)
        return []

    def transform(self, records: list[Record]) -> list[Record]:
        """Return the records, those that were pending answered."""
        rows = [row for row, record in enumerate(records) if record.pending]
        result = list(records)
        if rows:
            for row, record in zip(rows, self._answer([records[row] for row in rows]), strict=True):
                result[row] = record
        return result

    def _answer(self, records: list[Record]) -> list[Record]:
        texts, model = [record.text for record in records], self.classifier
        classes = _classes(model) or []
        if not hasattr(model, "scores"):
            rows = zip(records, model.predict_proba(texts), strict=True)
            return [record.scored(row, classes) for record, row in rows]
        decides = SimpleNamespace(
            classes=classes,
            thresholds=_either(model, "thresholds"),
            oos_threshold=_either(model, "oos_threshold"),
        )
        return answered(records, model.scores(texts), decides)


def _taken(y: Any, rows: list[int]) -> Any:
    """Return the labels of some rows, in the type they came in where that can be indexed."""
    if hasattr(y, "iloc"):
        return y.iloc[rows]
    return y[rows] if isinstance(y, np.ndarray) else [y[row] for row in rows]


def _either(model: Any, name: str) -> Any:
    return getattr(model, name, getattr(model, f"{name}_", None))


class Answers(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """The last step: labels and scores of answered records.

    Parameters
    ----------
    classes : of the classifier, where it is fitted already.
    """

    def __init__(self, classes: Sequence[Any] | None = None) -> None:
        self.classes = classes

    def fit(self, records: list[Record], y: Any) -> Self:
        """Learn the classes: shape (n_classes,), sorted."""
        self.fitted_ = np.unique(np.asarray(y)) if np.ndim(y) < 2 else np.arange(np.shape(y)[1])
        return self

    @property
    def classes_(self) -> NDArray[Any]:
        """The classes, in the order of the columns of `predict_proba`."""
        found = getattr(self, "fitted_", self.classes)
        return np.asarray([] if found is None else found)

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "fitted_") or self.classes is not None

    def predict(self, records: list[Record]) -> NDArray[np.object_]:
        """Return the labels, shape (n,), None where there is none; of several, lists."""
        labels = np.empty(len(records), object)
        labels[:] = [r.label if r.labels is None else list(r.labels) for r in records]
        return labels

    def predict_proba(self, records: list[Record]) -> NDArray[np.float64]:
        """Return scores of shape (n, n_classes); NaN where a record has none for a class."""
        columns = [str(label) for label in self.classes_]
        rows = [[r.scores.get(name, np.nan) for name in columns] for r in records]
        return np.array(rows, np.float64).reshape(len(records), len(columns))

    def transform(self, records: list[Record]) -> list[Record]:
        """Return the records as they are."""
        return records
