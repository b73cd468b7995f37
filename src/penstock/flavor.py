"""The MLflow flavor: save, log and load models; serve them as a python function.

A model directory grows through three forms, and all are MLflow models: trained
(`save_model`), wrapped in filters, and packaged with wheels (`save_wrapped`). None holds a
pickle, and nothing in it is run: digests are verified first, then data is read.
"""

from __future__ import annotations

import functools
import importlib.metadata
import json
import os
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import mlflow
import numpy as np
import pandas as pd
import yaml
from mlflow.models import Model, ModelSignature
from mlflow.models.model import ModelInfo
from mlflow.tracking.artifact_utils import _download_artifact_from_uri
from mlflow.types import ColSpec, DataType, ParamSchema, ParamSpec, Schema, TensorSpec
from mlflow.utils.environment import _PythonEnv
from numpy.typing import NDArray

from penstock.artifacts.manifest import classifier_digest, verify, write_manifest
from penstock.errors import InputError, IntegrityError, NotFoundError, did_you_mean
from penstock.filters import Pipeline

if TYPE_CHECKING:
    from penstock.filters import Record
    from penstock.modeling.classifier import TransformerClassifier

__all__ = [
    "FLAVOR_NAME",
    "PyfuncModel",
    "load_model",
    "load_pyfunc",
    "log_directory",
    "log_model",
    "save_directory",
    "save_model",
    "save_wrapped",
]

FLAVOR_NAME = "penstock"
FORMAT = 1
"""Version of the model directory's layout, in ``MLmodel``."""

_PIPELINE = "pipeline.yaml"
_OUTPUTS = ("labels", "scores", "both")
_SERVING = ("msgspec", "numpy", "openvino", "pandas", "pyyaml", "tokenizers")
_TORCH = ("safetensors", "scikit-learn", "scipy", "torch", "transformers")
_EXAMPLE = ["When can we talk?", "Please take me off your list."]


def save_directory(
    classifier: TransformerClassifier,
    path: str | os.PathLike[str],
    calibration_texts: Sequence[str] | None = None,
    provenance: Mapping[str, Any] | None = None,
    engine: str | None = "auto",
) -> str:
    """Write ``classifier/``, ``engine/`` and the manifest, without MLflow's files.

    Returns
    -------
    The directory's digest, ``sha256:<hex>``. Raises as `save_model`.
    """
    from penstock.modeling.directory import save_directory as save

    return save(
        classifier,
        Path(path),
        calibration_texts=calibration_texts,
        provenance=provenance,
        engine=cast(Any, engine),
    )


def save_model(
    classifier: TransformerClassifier,
    path: str | os.PathLike[str],
    *,
    calibration_texts: Sequence[str] | None = None,
    provenance: Mapping[str, Any] | None = None,
    engine: str | None = "auto",
    signature: ModelSignature | None = None,
    input_example: Any = None,
    mlflow_model: Model | None = None,
    metadata: Mapping[str, Any] | None = None,
) -> None:
    """Write a fitted classifier as an MLflow model directory.

    Parameters
    ----------
    classifier : fitted.
    path : a folder that is not there, or is empty.
    calibration_texts : training texts to calibrate int8 on; default, those ``fit`` kept.
    provenance : what made it, written to ``provenance.json``.
    engine : ``"auto"``, ``"int8"``, ``"fp32"``, or None to serve with torch.
    signature : default, one column of text in and labels out, with three parameters.
    input_example : default, two texts.
    mlflow_model, metadata : as in MLflow's own flavors.

    Raises
    ------
    InputError
        ``path`` holds something already.
    """
    path = Path(path)
    save_directory(classifier, path, calibration_texts, provenance, engine)
    _write_mlflow_files(
        path,
        mlflow_model or Model(metadata=dict(metadata) if metadata else None),
        signature=signature,
        input_example=input_example,
    )


def log_model(
    classifier: TransformerClassifier,
    name: str = "model",
    registered_model_name: str | None = None,
    *,
    tags: Mapping[str, Any] | None = None,
    **options: Any,
) -> ModelInfo:
    """Log a fitted classifier to the active run, and register it under a name if one is given.

    ``options`` are those of `save_model`.
    """
    return _log(
        SimpleNamespace(__name__=__name__, save_model=functools.partial(save_model, classifier)),
        name,
        registered_model_name,
        tags,
        **options,
    )


def log_directory(
    model_dir: str | os.PathLike[str],
    name: str = "model",
    registered_model_name: str | None = None,
    tags: Mapping[str, Any] | None = None,
) -> ModelInfo:
    """Log a model directory as it is to the active run, and register it under a name.

    Every file keeps its bytes but ``MLmodel``, which gets the ids of run and model.

    Raises
    ------
    IntegrityError
        A file is not what the manifest says.
    """
    source = Path(model_dir)
    verify(source)

    def save(path: str, mlflow_model: Model) -> None:
        shutil.copytree(source, path, dirs_exist_ok=True)
        before: Any = Model.load(str(source / "MLmodel"))
        mlflow_model.flavors, mlflow_model.signature = before.flavors, before.signature
        mlflow_model.saved_input_example_info = before.saved_input_example_info
        mlflow_model.save(str(Path(path) / "MLmodel"))

    flavor = SimpleNamespace(__name__=__name__, save_model=save)
    return _log(flavor, name, registered_model_name, tags)


def save_wrapped(
    model_dir: str | os.PathLike[str],
    path: str | os.PathLike[str],
    pipeline: Mapping[str, Any] | None = None,
    extra_files: Mapping[str, str | os.PathLike[str]] | None = None,
    provenance: Mapping[str, Any] | None = None,
) -> str:
    """Put the same classifier and engine bytes inside a pipeline of filters.

    Parameters
    ----------
    model_dir : a trained or wrapped model directory.
    path : a folder that is not there, or is empty.
    pipeline : ``{"before": [...], "after": [...]}``; None keeps the one that is there.
    extra_files : name in the new directory to file or folder, such as ``wheels``.
    provenance : replaces the ``provenance.json`` that is there.

    Returns
    -------
    The new directory's digest.

    Raises
    ------
    ConfigError
        The pipeline is wrong.
    NotFoundError
        There is no pipeline, neither given nor in ``model_dir``.
    IntegrityError
        ``model_dir`` is not what its manifest says, or the copy differs.
    """
    from penstock.modeling.directory import refuse_existing, write_provenance

    source, target = Path(model_dir), Path(path)
    text = _pipeline_text(source, pipeline)
    refuse_existing(target)
    _copy_verified(source, target)
    (target / _PIPELINE).write_text(text, encoding="utf-8")
    for name, extra in (extra_files or {}).items():
        _copy(Path(extra), target / name)
    if provenance is not None:
        write_provenance(target, provenance)
    digest = write_manifest(target)
    _check_same_classifier(source, target)
    _write_mlflow_files(target, Model())
    return digest


def load_model(model_uri: str | os.PathLike[str]) -> TransformerClassifier:
    """Return the fitted classifier of a model directory or MLflow URI, on torch.

    ``models:/name@alias``, ``models:/name/1``, ``runs:/<id>/model`` and folders work.
    Digests are verified first; then safetensors and JSON are read.

    Raises
    ------
    IntegrityError
        A file is not what the manifest says, or the format is newer than this Penstock.
    NotFoundError
        There is no manifest or no classifier.
    """
    from penstock.modeling.saved import read_classifier

    path = Path(_download_artifact_from_uri(str(model_uri)))
    _check_format(path)
    verify(path, only=["classifier/"])
    return read_classifier(path / "classifier")


def load_pyfunc(path: str | os.PathLike[str]) -> PyfuncModel:
    """Return the serving wrapper of a model directory; raises as `load_model`."""
    path = Path(path)
    _check_format(path)
    pipeline = None
    if (path / _PIPELINE).is_file():
        verify(path, only=[_PIPELINE])
        pipeline = Pipeline.from_file(path / _PIPELINE)
    return PyfuncModel(_scorer(path), pipeline)


def _load_pyfunc(path: str) -> PyfuncModel:
    """Load for ``mlflow.pyfunc.load_model``, which looks for this name."""
    return load_pyfunc(path)


class PyfuncModel:
    """What MLflow serves: texts in, labels, scores or both out.

    Parameters
    ----------
    scorer : has ``classes`` and ``predict_proba(texts)``.
    pipeline : filters to run around it, or None.
    """

    def __init__(self, scorer: Any, pipeline: Pipeline | None = None) -> None:
        self.scorer = scorer
        self.pipeline = pipeline
        self.classes = list(scorer.classes)

    def predict(self, model_input: Any, params: Mapping[str, Any] | None = None) -> Any:
        """Classify texts.

        Parameters
        ----------
        model_input : list, array, Series, data frame of one column (or with one named
            ``text``), or a dict of one list of ``str``.
        params : ``top_k``, keep only the k best scores (0 keeps all); ``threshold``, no label
            below this score; ``output``, ``"labels"`` (an array of shape (n_samples,)),
            ``"scores"`` (a frame with a column for each class) or ``"both"`` (a frame with
            label, score, status, reason, and scores where ``top_k`` is given). The default is
            ``"labels"``, and ``"both"`` when there are filters.

        Raises
        ------
        DataError
            Something is not text.
        InputError
            A parameter is unknown or out of range.
        """
        chosen = _Choice.of(params, wrapped=self.pipeline is not None)
        records = self._records(_texts(model_input))
        return chosen.apply(records, self.classes)

    def _records(self, texts: list[str]) -> list[Record]:
        from penstock.filters import Record

        records = [Record(text=text) for text in texts]
        pipeline = self.pipeline or Pipeline()
        return pipeline.run(records, self.scorer.predict_proba, self.classes)


class _Choice:
    """The parameters of one call."""

    def __init__(self, output: str, top_k: int, threshold: float) -> None:
        self.output, self.top_k, self.threshold = output, top_k, threshold

    @classmethod
    def of(cls, params: Mapping[str, Any] | None, wrapped: bool) -> _Choice:
        given = dict(params or {})
        for name in given:
            if name not in ("output", "top_k", "threshold"):
                hint = did_you_mean(name, ["output", "top_k", "threshold"])
                raise InputError(f"unknown parameter {name!r}", where="params", hint=hint)
        output = given.get("output") or ("both" if wrapped else "labels")
        if output not in _OUTPUTS:
            hint = did_you_mean(str(output), _OUTPUTS)
            raise InputError(f"unknown choice {output!r}", where="params.output", hint=hint)
        top_k, threshold = given.get("top_k") or 0, given.get("threshold") or 0.0
        if int(top_k) != top_k or top_k < 0:
            raise InputError(f"{top_k!r} is not a whole number from 0", where="params.top_k")
        if not 0.0 <= threshold <= 1.0:
            raise InputError(f"{threshold!r} is not between 0 and 1", where="params.threshold")
        return cls(output, int(top_k), float(threshold))

    def apply(self, records: list[Record], classes: list[Any]) -> Any:
        records = [self._thresholded(record) for record in records]
        if self.output == "labels":
            return _array([record.label for record in records])
        scores = [self._best(record.scores) for record in records]
        if self.output == "scores":
            columns = [str(label) for label in classes]
            return pd.DataFrame(scores, columns=columns, dtype=float)
        return self._both(records, scores)

    def _thresholded(self, record: Record) -> Record:
        if record.answered and record.score is not None and record.score < self.threshold:
            return record.suppressed("threshold", f"score is below {self.threshold:g}")
        return record

    def _best(self, scores: Mapping[str, float]) -> dict[str, float]:
        ranked = sorted(scores.items(), key=lambda pair: -pair[1])
        return dict(ranked[: self.top_k or None])

    def _both(self, records: list[Record], scores: list[dict[str, float]]) -> pd.DataFrame:
        columns: dict[str, Any] = {
            "label": _array([record.label for record in records]),
            "score": [record.score for record in records],
            "status": [str(record.status) for record in records],
            "reason": _array([record.reason for record in records]),
        }
        if self.top_k:
            columns["scores"] = _array(scores)
        return pd.DataFrame(columns)


def _array(items: list[Any]) -> NDArray[np.object_]:
    array = np.empty(len(items), object)
    array[:] = items
    return array


def _texts(model_input: Any) -> list[str]:
    from penstock.modeling.texts import as_texts

    if isinstance(model_input, Mapping):
        model_input = pd.DataFrame({key: _listed(value) for key, value in model_input.items()})
    if isinstance(model_input, pd.DataFrame):
        if model_input.shape[1] > 1 and "text" in model_input.columns:
            model_input = model_input["text"]
        elif model_input.shape[1] == 0:
            model_input = []
        else:
            model_input = _exploded(model_input)
    return as_texts(_listed(model_input), where="model_input")


def _exploded(frame: pd.DataFrame) -> pd.DataFrame:
    """Undo MLflow's reading of ``{"text": [...]}``: one row whose only cell is the list."""
    if frame.shape == (1, 1) and isinstance(frame.iat[0, 0], list):
        return pd.DataFrame({"text": pd.Series(frame.iat[0, 0], dtype=object)})
    return frame


def _listed(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


def _scorer(path: Path) -> Any:
    if (path / "engine" / "engine.json").is_file():
        from penstock.engines.scorer import TextScorer

        return TextScorer.load(path)
    classifier = load_model(path)
    classes = classifier.classes_.tolist()
    return SimpleNamespace(classes=classes, predict_proba=classifier.predict_proba)


def _log(
    flavor: Any,
    name: str,
    registered_model_name: str | None,
    tags: Mapping[str, Any] | None,
    **options: Any,
) -> ModelInfo:
    info: ModelInfo = Model.log(
        artifact_path=None,
        name=name,
        flavor=flavor,
        flavor_name=FLAVOR_NAME,
        registered_model_name=registered_model_name,
        tags=dict(tags) if tags else None,
        **options,
    )
    return info


def _write_mlflow_files(
    path: Path,
    model: Model,
    signature: ModelSignature | None = None,
    input_example: Any = None,
) -> None:
    """Write ``MLmodel``, ``requirements.txt``, ``python_env.yaml`` and the input example."""
    from mlflow.models.utils import _save_example

    wrapped = (path / _PIPELINE).is_file()
    model.signature = signature or _signature(wrapped)
    example = pd.DataFrame({"text": _EXAMPLE}) if input_example is None else input_example
    _save_example(model, example, str(path))
    mlflow.pyfunc.add_to_model(model, loader_module="penstock.flavor", python_env="python_env.yaml")
    model.add_flavor(FLAVOR_NAME, format=FORMAT, penstock_version=_version("penstock"))
    model.save(str(path / "MLmodel"))
    needed = "\n".join(_requirements((path / "engine").is_dir())) + "\n"
    (path / "requirements.txt").write_text(needed, encoding="utf-8")
    python: Any = _PythonEnv
    python.current().to_yaml(str(path / "python_env.yaml"))


def _signature(wrapped: bool) -> ModelSignature:
    """One column of text; the labels out, or the frame that filters give.

    The column has no name, so that MLflow takes a list, an array or a Series as well as a
    frame, whatever its column is called.
    """
    columns: list[ColSpec | TensorSpec] = [ColSpec(DataType.string, "label", required=False)]
    if wrapped:
        columns += [
            ColSpec(DataType.double, "score", required=False),
            ColSpec(DataType.string, "status"),
            ColSpec(DataType.string, "reason", required=False),
        ]
    return ModelSignature(
        inputs=Schema([ColSpec(DataType.string)]),
        outputs=Schema(columns if wrapped else [ColSpec(DataType.string)]),
        params=ParamSchema(
            [
                ParamSpec("output", DataType.string, "both" if wrapped else "labels"),
                ParamSpec("top_k", DataType.long, 0),
                ParamSpec("threshold", DataType.double, 0.0),
            ]
        ),
    )


def _requirements(engine: bool) -> list[str]:
    """Return what the python function needs, pinned; torch only where it is what serves."""
    names = ["mlflow", "penstock", *_SERVING, *(() if engine else _TORCH)]
    return [f"{name}=={_version(name)}" for name in names]


def _version(name: str) -> str:
    return importlib.metadata.version(name).partition("+")[0]


def _check_format(path: Path) -> None:
    if not (path / "MLmodel").is_file():
        return
    flavors = Model.load(str(path / "MLmodel")).flavors
    if FLAVOR_NAME not in flavors:
        raise NotFoundError(
            "not a Penstock model",
            where=str(path / "MLmodel"),
            hint=f"its flavors: {', '.join(flavors)}",
        )
    found = flavors[FLAVOR_NAME].get("format")
    if found != FORMAT:
        raise IntegrityError(
            f"format {found} is unknown, this Penstock reads {FORMAT}",
            where=str(path / "MLmodel"),
            hint="upgrade penstock",
        )


def _pipeline_text(source: Path, pipeline: Mapping[str, Any] | None) -> str:
    if pipeline is not None:
        spec = Pipeline.from_dict(pipeline).to_dict()
        return yaml.safe_dump(json.loads(json.dumps(spec)), sort_keys=False, allow_unicode=True)
    if not (source / _PIPELINE).is_file():
        raise NotFoundError(f"no {_PIPELINE} in {source}", hint="give a pipeline, or wrap first")
    return (source / _PIPELINE).read_text(encoding="utf-8")


def _copy_verified(source: Path, target: Path) -> None:
    for file in verify(source):
        _copy(source / file.path, target / file.path)


def _copy(source: Path, target: Path) -> None:
    if source.is_dir():
        shutil.copytree(source, target, dirs_exist_ok=True)
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target)


def _check_same_classifier(source: Path, target: Path) -> None:
    before, after = classifier_digest(source), classifier_digest(target)
    if before != after:
        raise IntegrityError(
            f"classifier digest is {after}, that of the trained model is {before}",
            where=str(target),
            hint="extra_files must not replace files of classifier/ or engine/",
        )
