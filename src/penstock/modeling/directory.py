"""A model directory without MLflow's files: ``classifier/``, ``engine/``, ``manifest.json``."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from penstock.artifacts.manifest import write_manifest
from penstock.engines.export import AUTO, EngineReport, Held, export_engines
from penstock.engines.quantise import SUBSET
from penstock.errors import InputError
from penstock.modeling.classifier import TransformerClassifier
from penstock.modeling.saved import write_classifier

__all__ = ["refuse_existing", "save_directory", "write_provenance"]


def save_directory(
    classifier: TransformerClassifier,
    path: Path,
    *,
    calibration_texts: Sequence[str] | None = None,
    provenance: Mapping[str, Any] | None = None,
    engine: str | Sequence[str] | None = AUTO,
) -> str:
    """Write a fitted classifier with its engine and return the directory's digest.

    Parameters
    ----------
    classifier : fitted.
    path : a folder that is not there, or is empty.
    calibration_texts : to calibrate int8 on; None takes those that ``fit`` kept.
    provenance : what made it, written to ``provenance.json``.
    engine : names of the engines to keep, the first serves; ``"auto"`` is int8 where that
        costs no accuracy. None writes no engine, and torch serves.

    Raises
    ------
    InputError
        ``path`` holds something already.
    DataError
        The labels are of a type that JSON has no word for.
    """
    path = Path(path)
    refuse_existing(path)
    write_classifier(classifier, path / "classifier")
    if engine is not None:
        _export(classifier, path / "engine", calibration_texts, engine)
    if provenance is not None:
        write_provenance(path, provenance)
    return write_manifest(path)


def write_provenance(path: Path, provenance: Mapping[str, Any]) -> None:
    """Write ``provenance.json``, keys sorted."""
    text = json.dumps(dict(provenance), indent=1, sort_keys=True, default=str) + "\n"
    (path / "provenance.json").write_text(text, encoding="utf-8")


def refuse_existing(path: Path) -> None:
    """Raise InputError where ``path`` is a file or a folder that holds something."""
    if path.is_file() or (path.is_dir() and any(path.iterdir())):
        raise InputError(f"{path} is not empty", where="path", hint="give a new folder")


def _export(
    classifier: TransformerClassifier,
    folder: Path,
    calibration_texts: Sequence[str] | None,
    names: str | Sequence[str],
) -> EngineReport:
    held = classifier.validation_
    given = classifier.calibration_texts_ if calibration_texts is None else calibration_texts
    some = _sample(given, set(held.texts) if held else set())

    return export_engines(
        classifier.model_,
        folder,
        names=names,
        pad_id=int(classifier.tokenizer_.pad_token_id or 0),
        pad_left=classifier.tokenizer_.padding_side == "left",
        calibration=classifier.tokens(some).rows,
        held=_held(classifier),
    )


def _held(classifier: TransformerClassifier) -> Held | None:
    """Return the texts that were held out, each window of a long one by itself.

    What is chosen is the engine, not the pooling.
    """
    held = classifier.validation_
    if held is None:
        return None
    shown = classifier.tokens(held.texts)
    targets = np.repeat(held.targets, shown.counts, axis=0)
    return Held(shown.rows, targets, classifier.temperature_, classifier.thresholds_)


def _sample(texts: Sequence[str], without: set[str]) -> list[str]:
    """Take some texts at random, the same each time, none of them from validation."""
    rest = [text for text in texts if text not in without]
    chosen = np.random.default_rng(0).permutation(len(rest))[:SUBSET]
    return [rest[index] for index in np.sort(chosen)]
