"""Autologging: ``fit`` writes itself to an MLflow run while it happens."""

from __future__ import annotations

import contextlib
import functools
import logging
from collections.abc import Callable, Iterator, Mapping
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, TypeVar

import mlflow
from mlflow.exceptions import MlflowException
from mlflow.utils import autologging_utils

from penstock.flavor.dataset import dataset_of
from penstock.flavor.layout import FLAVOR_NAME
from penstock.flavor.logging import log_model

if TYPE_CHECKING:
    from penstock.modeling.classifier import TransformerClassifier
    from penstock.modeling.progress import Progress, Watcher

__all__ = ["autolog"]

_LOGGER = logging.getLogger(__name__)
_FIT = "penstock.fit"
"""Tag of a run that holds a fit already: the next one gets a nested run."""

_SEARCHING: ContextVar[bool] = ContextVar("penstock_searching", default=False)
_Function = TypeVar("_Function", bound=Callable[..., None])
_mlflow: Any = autologging_utils
"""Without types, and not exported one by one."""


def _integration(function: _Function) -> _Function:
    """Make an autologging integration of MLflow's, which has no types."""
    decorated: _Function = _mlflow.autologging_integration(FLAVOR_NAME)(function)
    return decorated


@_integration
def autolog(
    log_models: bool = True,
    log_datasets: bool = True,
    registered_model_name: str | None = None,
    disable: bool = False,
    exclusive: bool = False,
    disable_for_unsupported_versions: bool = False,
    silent: bool = False,
    extra_tags: Mapping[str, str] | None = None,
) -> None:
    """Log every ``TransformerClassifier.fit`` to the active run, or to one made for it.

    Parameters, the metrics of each epoch as it ends, the data set with its digest, and the
    model. A second fit in one run gets a nested run. A search (``GridSearchCV`` and its kin)
    logs its winner, once, with ``best_score``.

    Parameters
    ----------
    log_models : log the fitted classifier as ``model``.
    log_datasets : log the training texts' digest as an input of the run, not the texts.
    registered_model_name : register each logged model under this name.
    disable : turn it off again.
    exclusive, disable_for_unsupported_versions, silent, extra_tags : as in MLflow's own.
    """
    from sklearn.model_selection._search import BaseSearchCV

    from penstock.modeling.classifier import TransformerClassifier

    log = functools.partial(_finish, log_models, registered_model_name)
    fit = functools.partial(_fit, log, log_datasets)
    search = functools.partial(_search, log)
    for owner, patch in ((TransformerClassifier, fit), (BaseSearchCV, search)):
        _mlflow.safe_patch(FLAVOR_NAME, owner, "fit", _named(patch), extra_tags=extra_tags)


def _named(patch: Callable[..., Any]) -> Callable[..., Any]:
    """Make a function of a partial: MLflow asks a patch for its name."""

    def patched(original: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        return patch(original, *args, **kwargs)

    return patched


def _fit(
    finish: Callable[[TransformerClassifier], None],
    log_datasets: bool,
    original: Callable[..., Any],
    classifier: TransformerClassifier,
    *args: Any,
    **kwargs: Any,
) -> Any:
    if _SEARCHING.get():
        return original(classifier, *args, **kwargs)
    with _run_for_a_fit(), _observed(classifier):
        fitted = original(classifier, *args, **kwargs)
        if log_datasets:
            given = dict(zip(("X", "y"), args, strict=False)) | kwargs
            mlflow.log_input(dataset_of(given["X"], given["y"]), context="train")
        finish(classifier)
        return fitted


def _search(
    finish: Callable[[TransformerClassifier], None],
    original: Callable[..., Any],
    search: Any,
    *args: Any,
    **kwargs: Any,
) -> Any:
    """Run a search without a run for each fold, then log the winner."""
    token = _SEARCHING.set(True)
    try:
        fitted = original(search, *args, **kwargs)
    finally:
        _SEARCHING.reset(token)
    if (winner := _winner(search)) is not None:
        with _run_for_a_fit():
            mlflow.log_metric("best_score", float(search.best_score_))
            for epoch, record in enumerate(winner.history_, 1):
                _log_record(record, epoch)
            finish(winner)
    return fitted


def _winner(search: Any) -> TransformerClassifier | None:
    """Return the classifier a search refitted, also where it is the last step of a pipeline."""
    from penstock.modeling.classifier import TransformerClassifier

    best: Any = getattr(search, "best_estimator_", None)
    last = best.steps[-1][1] if hasattr(best, "steps") else best
    return last if isinstance(last, TransformerClassifier) else None


@contextlib.contextmanager
def _run_for_a_fit() -> Iterator[None]:
    """Give the active run; a new one where there is none, a nested one where it has a fit."""
    active = mlflow.active_run()
    if active is not None and not _has_fit(active.info.run_id):
        mlflow.set_tag(_FIT, "true")
        yield
        return
    with mlflow.start_run(nested=active is not None, tags={_FIT: "true"}):
        yield


def _has_fit(run_id: str) -> bool:
    return _FIT in mlflow.MlflowClient().get_run(run_id).data.tags


@contextlib.contextmanager
def _observed(classifier: TransformerClassifier) -> Iterator[None]:
    """Log each epoch's record as it ends, beside what ``progress`` shows."""
    from penstock.modeling.progress import watching

    before = classifier.progress
    with watching(before) as shown:
        classifier.progress = functools.partial(_watch, shown)
        try:
            yield
        finally:
            classifier.progress = before


def _watch(shown: Watcher | None, now: Progress) -> None:
    if shown is not None:
        shown(now)
    if now.record is not None:
        _log_record(now.record, now.epoch)


def _log_record(record: Mapping[str, Any], epoch: int) -> None:
    """Log the numbers of one epoch; a tracking server that is away must not end a training."""
    numbers = {name: float(value) for name, value in record.items() if value is not None}
    numbers.pop("epoch", None)
    try:
        mlflow.log_metrics(numbers, step=epoch)
    except MlflowException as error:
        _LOGGER.warning("epoch %d is not logged: %s", epoch, error)


def _finish(
    log_models: bool, registered_model_name: str | None, classifier: TransformerClassifier
) -> None:
    parameters = classifier.get_params(deep=False)
    parameters.pop("progress")
    mlflow.log_params(parameters)
    if log_models:
        log_model(classifier, registered_model_name=registered_model_name)
