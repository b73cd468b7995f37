"""``classifier/``: a fitted classifier as files that plain transformers reads.

``config.json``, ``model.safetensors`` and ``tokenizer.json`` are the library's own;
``classifier.json`` adds the classes, the calibration and the parameters.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.utils.validation import check_is_fitted

from penstock.errors import DataError, IntegrityError, NotFoundError
from penstock.modeling.classifier import TransformerClassifier
from penstock.modeling.encoder import load_encoder, load_tokenizer
from penstock.modeling.quiet import quiet

__all__ = ["FORMAT", "read_classifier", "write_classifier"]

FORMAT = 1
"""Version of ``classifier.json``; a reader for each older one stays here."""

_FILE = "classifier.json"


def write_classifier(classifier: TransformerClassifier, directory: Path) -> None:
    """Write a fitted classifier into ``directory``, which is made when it is not there.

    Raises
    ------
    DataError
        The labels are of a type that JSON has no word for.
    """
    check_is_fitted(classifier, "model_")
    record = {
        "format": FORMAT,
        "classes": _plain_labels(classifier.classes_),
        "max_length": int(classifier.max_length),
        "temperature": float(classifier.temperature_),
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
    classifier.classes_ = np.asarray(record["classes"])
    classifier.temperature_ = float(record["temperature"])
    classifier.history_ = record.get("history", [])
    classifier.validation_ = None
    classifier.calibration_texts_ = []
    classifier.tokenizer_ = load_tokenizer(directory)
    classifier.model_ = load_encoder(directory).eval()
    return classifier


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
    if version != FORMAT:
        raise IntegrityError(
            f"format {version} is unknown, this Penstock reads {FORMAT}",
            where=str(path),
            hint="upgrade penstock",
        )
    missing = {"classes", "max_length", "temperature", "parameters"} - record.keys()
    if missing:
        raise IntegrityError(f"{', '.join(sorted(missing))} missing", where=str(path))
    return dict(record)


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
        fast.enable_padding(pad_id=tokenizer.pad_token_id, pad_token=tokenizer.pad_token)
        fast.save(str(directory / "tokenizer.json"))
        fast.no_padding()
