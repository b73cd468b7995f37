"""Export: write ``engine/`` from a torch model, in int8 where that costs no accuracy."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from penstock.engines.bench import Bench
from penstock.engines.builder import Builder
from penstock.engines.choice import MINIMUM, choose, compare, correct, decide, too_few
from penstock.engines.loading import open_graph
from penstock.engines.spec import NAMES, TORCH, EngineSpec, write_spec
from penstock.errors import InputError, did_you_mean

__all__ = ["AUTO", "EngineReport", "Held", "Variant", "engine_names", "export_engines"]

AUTO = "auto"
INT8, FP32 = "openvino-int8", "openvino-fp32"
SHORT = {"int8": INT8, "fp32": FP32}


@dataclass(frozen=True, slots=True)
class Held:
    """Texts that were not trained on, to choose by.

    Attributes
    ----------
    encoded : token ids of each text.
    targets : class indices (n,), or an indicator matrix (n, n_classes) for multi-label.
    temperature : logits are divided by it.
    thresholds : of each label of a multi-label model, shape (n_classes,); None for others.
    """

    encoded: Sequence[Sequence[int]] = ()
    targets: NDArray[np.int64] = field(default_factory=lambda: np.empty(0, np.int64))
    temperature: float = 1.0
    thresholds: NDArray[np.floating[Any]] | None = None


@dataclass(frozen=True, slots=True)
class Variant:
    """One engine that was weighed: accuracy and agreement with fp32 on held-out texts.

    ``size`` is in bytes, ``texts_per_second`` without the tokeniser.
    """

    accuracy: float
    agreement: float
    size: int
    texts_per_second: float


@dataclass(frozen=True, slots=True)
class EngineReport:
    """What was chosen and why; it goes into ``engine.json``.

    ``variants`` holds what was measured to choose, nothing where there was no choice.
    """

    chosen: str
    reason: str
    engines: list[str]
    held_out_texts: int
    calibration_texts: int
    variants: dict[str, Variant]
    seconds: float

    def to_dict(self) -> dict[str, Any]:
        """Return plain data for JSON."""
        return asdict(self)


def export_engines(
    model: Any,
    folder: Path,
    *,
    names: str | Sequence[str] = AUTO,
    pad_id: int,
    pad_left: bool = False,
    calibration: Sequence[Sequence[int]] = (),
    held: Held | None = None,
) -> EngineReport:
    """Write ``engine.json`` and a folder for each engine that is kept.

    Parameters
    ----------
    model : torch model that takes ``input_ids`` and ``attention_mask`` and gives ``logits``.
    folder : the folder ``engine/``; made when it is not there.
    names : engines to keep; the first serves. ``"auto"`` stands for ``openvino-int8`` where
        that costs no accuracy by `penstock.engines.choice`, else for ``openvino-fp32``.
    pad_id, pad_left : the token that pads, and whether it does so on the left.
    calibration : token ids of training texts, to calibrate ``openvino-int8`` on.
    held : held-out texts to choose by; without, ``"auto"`` is fp32.

    Raises
    ------
    InputError
        A name is unknown, or ``openvino-int8`` is asked for without texts to calibrate on.
    """
    wanted, held = engine_names(names), held or Held()
    if INT8 in wanted and not calibration:
        raise InputError("int8 needs texts to calibrate on", where="calibration_texts")
    began = time.perf_counter()
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        builder = Builder(model, Path(scratch), calibration)
        weighed = _Weighed()
        if AUTO in wanted:
            weighed = _weigh(
                builder, Bench(held.encoded, pad_id, pad_left), held, bool(calibration)
            )
        kept = list(dict.fromkeys(weighed.chosen if name == AUTO else name for name in wanted))
        graphs = {name: builder.keep(name, folder) for name in kept if name != TORCH}
    report = EngineReport(
        chosen=kept[0],
        reason=weighed.reason if wanted[0] == AUTO else "asked for",
        engines=kept,
        held_out_texts=len(held.encoded),
        calibration_texts=len(calibration),
        variants=weighed.variants,
        seconds=round(time.perf_counter() - began, 1),
    )
    write_spec(folder, EngineSpec(kept[0], graphs, report.to_dict()))
    return report


def engine_names(names: str | Sequence[str], where: str = "engine") -> list[str]:
    """Return engine names as a list, ``int8`` and ``fp32`` being short for OpenVINO's.

    Raises
    ------
    InputError : a name is unknown, or there is none.
    """
    given = [names] if isinstance(names, str) else list(names)
    wanted = [SHORT.get(name, name) for name in given]
    known = (AUTO, *NAMES)
    for name in wanted:
        if name not in known:
            hint = did_you_mean(str(name), (*known, *SHORT))
            raise InputError(f"unknown engine {name!r}", where=where, hint=hint)
    if not wanted:
        raise InputError("names no engine", where=where, hint=f"use '{AUTO}'")
    return wanted


@dataclass(frozen=True, slots=True)
class _Weighed:
    chosen: str = FP32
    reason: str = ""
    variants: dict[str, Variant] = field(default_factory=dict)


def _weigh(builder: Builder, bench: Bench, held: Held, calibrated: bool) -> _Weighed:
    """Measure fp32 and int8 on the held-out texts and choose."""
    if not calibrated:
        return _Weighed(reason="no texts to calibrate int8 on")
    if len(held.encoded) < MINIMUM:
        return _Weighed(reason=too_few(len(held.encoded)))
    scores, variants = {}, {}
    for name in (FP32, INT8):
        engine = open_graph(name, builder.path(name), builder.graph(name).inputs)
        scores[name] = _probabilities(bench.logits(engine), held)
        variants[name] = _variant(scores, name, held, _size(builder, name), bench.speed(engine))
    good, reason = choose(compare(scores[FP32], scores[INT8], held.targets, held.thresholds))
    return _Weighed(INT8 if good else FP32, reason, variants)


def _variant(
    scores: dict[str, NDArray[np.float32]], name: str, held: Held, size: int, speed: float
) -> Variant:
    decisions = decide(scores[name], held.thresholds)
    return Variant(
        accuracy=float(np.mean(correct(decisions, held.targets))),
        agreement=float(np.mean(correct(decisions, decide(scores[FP32], held.thresholds)))),
        size=size,
        texts_per_second=speed,
    )


def _probabilities(logits: NDArray[np.float32], held: Held) -> NDArray[np.float32]:
    scaled = logits / np.float32(held.temperature)
    if held.thresholds is not None:
        return np.asarray(1 / (1 + np.exp(-scaled)), np.float32)
    powers = np.exp(scaled - scaled.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True), np.float32)


def _size(builder: Builder, name: str) -> int:
    return sum(file.stat().st_size for file in builder.path(name).parent.iterdir())
