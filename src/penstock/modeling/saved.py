"""``classifier/``: a fitted classifier as files that plain transformers reads.

``config.json``, ``model.safetensors`` and ``tokenizer.json`` are the library's own;
``classifier.json`` adds the classes, the calibration and the parameters.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.utils.validation import check_is_fitted

from penstock.errors import DataError, IntegrityError, NotFoundError
from penstock.modeling.calibration import Calibration
from penstock.modeling.classifier import TransformerClassifier
from penstock.modeling.encoder import load_encoder, load_tokenizer
from penstock.modeling.quiet import quiet

__all__ = ["FORMAT", "read_classifier", "write_classifier"]

FORMAT = 2
"""Version of ``classifier.json``; what an older one lacks has its default in `_ADDED`."""

_ADDED: dict[int, dict[str, Any]] = {
    2: {
        "long_text": "head",
        "thresholds": None,
        "oos_threshold": None,
        "calibration": None,
        "truncated": 0,
    }
}
"""Keys by the format that brought them, with what they were before."""

_FILE = "classifier.json"


def write_classifier(classifier: TransformerClassifier, directory: Path) -> None:
    """Write a fitted classifier into ``directory``, which is made when it is not there.

    Raises
    ------
    DataError
        The labels are of a type that JSON has no word for.
    """
    check_is_fitted(classifier)
    thresholds = classifier.thresholds_
    record = {
        "format": FORMAT,
        "classes": _plain_labels(classifier.classes_),
        "max_length": int(classifier.max_length),
        "long_text": classifier.long_text,
        "temperature": float(classifier.temperature_),
        "thresholds": None if thresholds is None else thresholds.tolist(),
        "oos_threshold": classifier.oos_threshold_,
        "calibration": asdict(classifier.calibration_) if classifier.calibration_ else None,
        "truncated": classifier.truncated_,
        "parameters": _plain_parameters(classifier),
        "history": classifier.history_,
    }
    directory.mkdir(parents=True, exist_ok=True)
    with quiet():
        classifier.model_.save_pretrained(directory)
        _save_tokenizer(classifier.tokenizer_, directory)
    text = json.dumps(record, indent=1, ensure_ascii=False) + "\n"
    (directory / _FILE).write_text(text, encoding="utf-8")


def read_classifier(directory: Path) -> TransformerClassifier:
    """Return the fitted classifier of ``directory``; only data is read, no code is run.

    Raises
    ------
    NotFoundError
        A file is missing.
    IntegrityError
        ``classifier.json`` is malformed, or written by a newer Penstock.
    """
    record = _read_record(directory / _FILE)
    classifier = TransformerClassifier(**_parameters(record["parameters"]))
    _restore(classifier, record)
    classifier.tokenizer_ = load_tokenizer(directory)
    classifier.model_ = load_encoder(directory).eval()
    return classifier


def _restore(classifier: TransformerClassifier, record: Mapping[str, Any]) -> None:
    thresholds, calibration = record["thresholds"], record["calibration"]
    classifier.classes_ = _labels(record["classes"])
    classifier.multilabel_ = thresholds is not None
    classifier.thresholds_ = None if thresholds is None else np.asarray(thresholds, np.float64)
    classifier.oos_threshold_ = record["oos_threshold"]
    classifier.calibration_ = Calibration(**calibration) if calibration else None
    classifier.truncated_ = int(record["truncated"])
    classifier.temperature_ = float(record["temperature"])
    classifier.history_ = record.get("history", [])
    classifier.validation_ = None
    classifier.calibration_texts_ = []


def _labels(classes: Sequence[Any]) -> NDArray[Any]:
    """Return labels as an array that keeps their type: columns may be named 1 and "a"."""
    if len({type(label) for label in classes}) == 1:
        return np.asarray(classes)
    array = np.empty(len(classes), object)
    array[:] = classes
    return array


def _read_record(path: Path) -> dict[str, Any]:
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
        version = record["format"]
    except FileNotFoundError as error:
        raise NotFoundError(
            f"no {_FILE} in {path.parent}", hint="is this a Penstock model directory?"
        ) from error
    except (ValueError, KeyError, TypeError) as error:
        raise IntegrityError(f"not a classifier's record: {error!r}", where=str(path)) from error
    if version not in range(1, FORMAT + 1):
        raise IntegrityError(
            f"format {version} is unknown, this Penstock reads 1 to {FORMAT}",
            where=str(path),
            hint="upgrade penstock",
        )
    missing = {"classes", "max_length", "temperature", "parameters"} - record.keys()
    if missing:
        raise IntegrityError(f"{', '.join(sorted(missing))} missing", where=str(path))
    for added, defaults in _ADDED.items():
        if version < added:
            record |= defaults
    return _complete(record, path)


def _complete(record: dict[str, Any], path: Path) -> dict[str, Any]:
    missing = {key for defaults in _ADDED.values() for key in defaults} - record.keys()
    if missing:
        raise IntegrityError(f"{', '.join(sorted(missing))} missing", where=str(path))
    return record


def _parameters(saved: Mapping[str, Any]) -> dict[str, Any]:
    """Take the parameters that this version knows; a class weight comes as pairs."""
    known = TransformerClassifier().get_params(deep=False)
    parameters = {name: value for name, value in saved.items() if name in known}
    weight = parameters.get("class_weight")
    if isinstance(weight, list):
        parameters["class_weight"] = dict(weight)
    return parameters


def _plain_parameters(classifier: TransformerClassifier) -> dict[str, Any]:
    parameters = {name: _plain(value) for name, value in classifier.get_params(deep=False).items()}
    parameters["progress"] = parameters["progress"] is True
    parameters["checkpoint"] = None  # a folder of the machine that trained
    parameters["device"] = "auto"  # the device of training says nothing about that of use
    return parameters


def _plain(value: Any) -> Any:
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, Mapping):
        return [[_plain(label), float(weight)] for label, weight in value.items()]
    if value is None or isinstance(value, bool | int | float | str):
        return value
    return str(value)


def _plain_labels(classes: Any) -> list[Any]:
    labels = classes.tolist()
    wrong = next((label for label in labels if not isinstance(label, str | int | float)), None)
    if wrong is not None:
        raise DataError(
            f"labels of type {type(wrong).__name__} cannot be saved, such as {wrong!r}",
            where="classes_",
            hint="train on text or whole numbers",
        )
    return list(labels)


def _save_tokenizer(tokenizer: Any, directory: Path) -> None:
    """Save without a length limit, and with the padding token that the scorer reads."""
    fast = tokenizer.backend_tokenizer
    fast.no_truncation()
    fast.no_padding()
    tokenizer.save_pretrained(directory)
    if tokenizer.pad_token is not None:
        fast.enable_padding(
            direction=tokenizer.padding_side,
            pad_id=tokenizer.pad_token_id,
            pad_token=tokenizer.pad_token,
        )
        fast.save(str(directory / "tokenizer.json"))
        fast.no_padding()
