"""The model that a container serves: scorer, pipeline and what the answers say of it."""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Self

import msgspec

from penstock import __version__
from penstock.artifacts.manifest import digest, verify
from penstock.engines.cores import usable_cores
from penstock.engines.loading import served_streams
from penstock.engines.packing import SIZES
from penstock.engines.scorer import TextScorer
from penstock.errors import ConfigError, IntegrityError
from penstock.filters import Pipeline, Record, answered

__all__ = ["ServedModel"]

log = logging.getLogger("penstock.scoring")

PIPELINE = "pipeline.yaml"
PROVENANCE = "provenance.json"
# Rows and tokens of the calls that compile the engine's kernels before the first request: the
# shapes that `Batcher` makes of short texts. Each takes 10 ms and 2 MB; a longer text pays then.
PADDED = [(rows, width) for width in (32, 24, 20, 16, 12, 8) for rows in (16, 8, 4, 2, 1)]
PACKED = [(1, size) for size in (128, 96, *reversed(SIZES))]


class ServedModel:
    """A loaded model with its filters. Thread-safe.

    Attributes
    ----------
    scorer : `TextScorer`.
    pipeline : `Pipeline`; empty for a trained model that was not wrapped.
    metadata : name, version, stage, run_id, commit, dataset, digest; null where unknown.
    """

    def __init__(
        self,
        scorer: TextScorer,
        pipeline: Pipeline,
        metadata: Mapping[str, Any],
        load_scorer: Callable[[], TextScorer] | None = None,
    ) -> None:
        self.scorer = scorer
        self._load_scorer = load_scorer
        self.pipeline = pipeline
        self.metadata = dict(metadata)

    @classmethod
    def load(
        cls,
        model_dir: Path,
        threads: int | None = None,
        environment: Mapping[str, str] = os.environ,
        streams: int | None = None,
    ) -> Self:
        """Verify and load a model directory.

        Parameters
        ----------
        model_dir : a trained, wrapped or packaged model.
        threads : cores for the engine; default: those this process really has.
        environment : ``PENSTOCK_MODEL_NAME``, ``_VERSION``, ``_DIGEST`` (the digest that the
            model must have; default, any) and ``PENSTOCK_STAGE``.
        streams : calls of the engine at once, which share the cores; default:
            `served_streams`.

        Raises
        ------
        IntegrityError : the model has another digest than the environment says.
        NotFoundError, IntegrityError, ConfigError : as `TextScorer.load` and
            `Pipeline.from_file`.
        """
        _check_digest(model_dir, environment.get("PENSTOCK_MODEL_DIGEST"))
        verify(model_dir, only=[n for n in (PIPELINE, PROVENANCE) if (model_dir / n).exists()])
        pipeline = Pipeline.from_file(model_dir / PIPELINE) if _wrapped(model_dir) else Pipeline()
        metadata = _metadata(model_dir, environment)

        cores = threads or usable_cores()

        def load_scorer() -> TextScorer:
            lanes = streams or served_streams(model_dir, cores, pipeline.engine)
            return TextScorer.load(model_dir, cores, pipeline.engine, lanes)

        scorer = load_scorer()
        pipeline.bind(metadata["digest"], scorer.spans)
        return cls(scorer, pipeline, metadata, load_scorer)

    def replace_engine(self) -> None:
        """Load the scorer again from the files, after its engine failed; raises as `load`."""
        if self._load_scorer is not None:
            self.scorer = self._load_scorer()
            self.specialise()

    def warm_up(self) -> None:
        """Score made-up batches, so that the first request is no slower than the second."""
        with ThreadPoolExecutor(self.scorer.streams) as streams:
            list(streams.map(self._warm_up, range(self.scorer.streams)))

    def _warm_up(self, stream: int) -> None:
        for rows, tokens in PACKED if self.scorer.packs else PADDED:
            width = min(tokens, self.scorer.max_length)
            self.scorer.logits([[0] * width] * rows)

    def specialise(self) -> None:
        """Let the engine become faster in a thread of its own; it answers meanwhile."""
        threading.Thread(target=self._specialise, name="specialise", daemon=True).start()

    def _specialise(self) -> None:
        try:
            self.scorer.specialise()
        except RuntimeError as error:  # a runtime fails in its own ways; what is there answers on
            log.warning("the engine stays as slow as it is", exc_info=error)

    def predict(self, records: Sequence[Record]) -> list[Record]:
        """Return n answered records for n records, as the server does."""
        return self.pipeline.around(records, self._answer)

    def _answer(self, records: list[Record]) -> list[Record]:
        scores = self.scorer.scores([record.text for record in records])
        return answered(records, scores, self.scorer)

    def info(self) -> dict[str, Any]:
        """Return what ``GET /info`` says."""
        return {
            "model": self.metadata,
            "classes": self.scorer.classes,
            "max_length": self.scorer.max_length,
            "long_text": self.scorer.long_text,
            "multilabel": self.scorer.multilabel,
            "pipeline": self.pipeline.to_dict(),
            "penstock": __version__,
        }


class _Dataset(msgspec.Struct):
    reference: str | None = None


class _Provenance(msgspec.Struct):
    run_id: str | None = None
    commit: str | None = None
    dataset: _Dataset | None = None


def _check_digest(model_dir: Path, expected: str | None) -> None:
    if expected and (found := digest(model_dir)) != expected:
        what = f"has the digest {found}, and PENSTOCK_MODEL_DIGEST wants {expected}"
        hint = "the archive was changed after it was registered: deploy the release again"
        raise IntegrityError(what, where=str(model_dir), hint=hint)


def _wrapped(model_dir: Path) -> bool:
    return (model_dir / PIPELINE).exists()


def _metadata(model_dir: Path, environment: Mapping[str, str]) -> dict[str, Any]:
    provenance = _provenance(model_dir / PROVENANCE)
    return {
        "name": environment.get("PENSTOCK_MODEL_NAME") or None,
        "version": environment.get("PENSTOCK_MODEL_VERSION") or None,
        "stage": environment.get("PENSTOCK_STAGE") or None,
        "run_id": provenance.run_id,
        "commit": provenance.commit,
        "dataset": provenance.dataset.reference if provenance.dataset else None,
        "digest": digest(model_dir),
    }


def _provenance(path: Path) -> _Provenance:
    if not path.exists():
        return _Provenance()
    try:
        return msgspec.json.decode(path.read_bytes(), type=_Provenance)
    except msgspec.MsgspecError as error:
        raise ConfigError(str(error), where=PROVENANCE) from None
