"""The engines of one model directory, measured on the same labelled texts."""

from __future__ import annotations

import statistics
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from penstock.engines.loading import engine_files
from penstock.engines.scorer import TextScorer
from penstock.engines.spec import SPEC, TORCH, read_spec
from penstock.engines.table import EngineRow
from penstock.evaluation import metrics
from penstock.evaluation.predictions import Model, Predictions

__all__ = ["measure"]

_ALONE = 50
"""Texts asked one by one for the median time of a text alone."""


def measure(model_dir: Path, texts: Sequence[str], labels: Any) -> list[EngineRow]:
    """Return a row for each engine that a model directory holds, and for torch.

    Torch reads the classifier's own 32-bit floats: it is what ``agreement`` is with.

    Parameters
    ----------
    model_dir : a trained, wrapped or packaged model.
    texts : n texts, at least one.
    labels : as `Report.of` takes them.

    Raises
    ------
    NotFoundError, IntegrityError, ConfigError : as ``TextScorer.load``.
    DataError : as `Report.of`.
    """
    there = (model_dir / SPEC).is_file()
    spec = read_spec(model_dir) if there else None
    chosen = spec.default if spec else TORCH
    texts, reference = list(texts), TextScorer.load(model_dir, engine=TORCH)
    fp32 = Predictions.of(labels, *_of(reference, texts)).found
    others = [name for name in spec.engines if name != TORCH] if spec else []
    rows = [_row(model_dir, name, texts, labels, fp32, name == chosen) for name in [*others, TORCH]]
    return sorted(rows, key=lambda row: not row.chosen)


def _row(
    model_dir: Path,
    name: str,
    texts: list[str],
    labels: Any,
    fp32: NDArray[np.int64],
    chosen: bool,
) -> EngineRow:
    scorer = TextScorer.load(model_dir, engine=name)
    alone = _alone(scorer, texts[:_ALONE])
    began = time.perf_counter()
    found = Predictions.of(labels, *_of(scorer, texts))
    seconds = time.perf_counter() - began
    same = found.found == fp32
    return EngineRow(
        name=name,
        accuracy=metrics.accuracy(found.targets, found.found),
        macro_f1=metrics.macro_f1(found.targets, found.found),
        agreement=float(np.mean(same.all(axis=1) if found.multilabel else same)),
        size=_size(model_dir, name),
        texts_per_second=len(texts) / seconds,
        p50_ms=1000 * alone,
        chosen=chosen,
    )


def _of(scorer: TextScorer, texts: list[str]) -> tuple[Any, list[Any], Any]:
    """Return scores, classes and thresholds, as `Predictions.of` takes them."""
    model = Model(scorer)
    return model.scores(texts), model.classes, model.thresholds


def _alone(scorer: TextScorer, texts: list[str]) -> float:
    """Return the median seconds of one text alone; the first text warms the engine."""
    seconds = []
    for text in [texts[0], *texts]:
        began = time.perf_counter()
        scorer.predict_proba([text])
        seconds.append(time.perf_counter() - began)
    return statistics.median(seconds[1:])


def _size(model_dir: Path, name: str) -> int:
    """Return the bytes of the files that an engine alone reads."""
    folders = [path for path in engine_files(model_dir, name) if path != SPEC]
    files = (file for folder in folders for file in (model_dir / folder).rglob("*"))
    return sum(file.stat().st_size for file in files if file.is_file())
