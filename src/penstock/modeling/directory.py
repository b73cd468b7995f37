"""A model directory without MLflow's files: ``classifier/``, ``engine/``, ``manifest.json``."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from penstock.artifacts.manifest import write_manifest
from penstock.engines.export import EngineReport, Precision, export_engine
from penstock.engines.quantise import SUBSET
from penstock.errors import InputError
from penstock.modeling.batches import encode_texts
from penstock.modeling.classifier import TransformerClassifier
from penstock.modeling.saved import write_classifier

__all__ = ["refuse_existing", "save_directory", "write_provenance"]


def save_directory(
    classifier: TransformerClassifier,
    path: Path,
    *,
    calibration_texts: Sequence[str] | None = None,
    provenance: Mapping[str, Any] | None = None,
    engine: Precision | None = "auto",
) -> str:
    """Write a fitted classifier with its engine and return the directory's digest.

    Parameters
    ----------
    classifier : fitted.
    path : a folder that is not there, or is empty.
    calibration_texts : to calibrate int8 on; None takes those that ``fit`` kept.
    provenance : what made it, written to ``provenance.json``.
    engine : precision, ``"auto"`` by default; None writes no engine, and torch serves.

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
    precision: Precision,
) -> EngineReport:
    held = classifier.validation_
    given = classifier.calibration_texts_ if calibration_texts is None else calibration_texts
    some = _sample(given, set(held.texts) if held else set())

    def encode(texts: Sequence[str]) -> list[list[int]]:
        return encode_texts(classifier.tokenizer_, texts, classifier.max_length)

    return export_engine(
        classifier.model_,
        folder,
        pad_id=int(classifier.tokenizer_.pad_token_id or 0),
        calibration=encode(some),
        validation=encode(held.texts) if held else [],
        targets=held.targets if held else None,
        precision=precision,
    )


def _sample(texts: Sequence[str], without: set[str]) -> list[str]:
    """Take some texts at random, the same each time, none of them from validation."""
    rest = [text for text in texts if text not in without]
    chosen = np.random.default_rng(0).permutation(len(rest))[:SUBSET]
    return [rest[index] for index in np.sort(chosen)]
