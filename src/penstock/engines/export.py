"""Export: write ``engine/`` from a torch model, in int8 where that costs no accuracy.

The graph goes from torch to OpenVINO directly. By way of ``torch.onnx.export(dynamo=True)``
it comes out equal (logits within 1e-6 of torch both ways) and takes four times as long:
8.2 s instead of 2.3 s for all-MiniLM-L6-v2 on two cores.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import logging
import os
import shutil
import tempfile
import time
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from penstock.errors import InputError, did_you_mean

__all__ = ["EngineReport", "Precision", "Variant", "convert", "export_engine"]

Precision: TypeAlias = Literal["auto", "int8", "fp32"]

FORMAT = 1
MAX_DROP = 0.005
"""Accuracy that int8 may lose on validation and still be chosen: half a point."""

_INPUTS = ("input_ids", "attention_mask")
_SPEED_TEXTS = 256


@dataclass(frozen=True, slots=True)
class Variant:
    """One precision of the graph, measured.

    ``accuracy`` on the validation texts, None where there are none; ``agreement`` is the
    share of texts with the same best class as fp32; ``size`` is in bytes.
    """

    accuracy: float | None
    agreement: float
    size: int
    texts_per_second: float


@dataclass(frozen=True, slots=True)
class EngineReport:
    """What was measured, what was chosen and why; it goes into ``engine.json``."""

    precision: str
    reason: str
    validation_texts: int
    calibration_texts: int
    variants: dict[str, Variant]
    seconds: float

    def to_dict(self) -> dict[str, Any]:
        """Return plain data for JSON."""
        return asdict(self)


def export_engine(
    model: Any,
    directory: Path,
    *,
    pad_id: int,
    calibration: Sequence[Sequence[int]] = (),
    validation: Sequence[Sequence[int]] = (),
    targets: NDArray[np.int64] | None = None,
    precision: Precision = "auto",
    max_drop: float = MAX_DROP,
) -> EngineReport:
    """Write ``engine.json``, ``model.xml`` and ``model.bin`` into ``directory``.

    Parameters
    ----------
    model : torch model that takes ``input_ids`` and ``attention_mask`` and gives ``logits``.
    directory : the folder ``engine/``; made when it is not there.
    pad_id : the token that pads.
    calibration : token ids of training texts, to calibrate int8 on.
    validation : token ids of texts that were not trained on.
    targets : class indices of the validation texts, shape (n_validation,).
    precision : ``"auto"`` takes int8 when its accuracy on validation is within ``max_drop``
        of fp32, and fp32 when it is not or when there is no validation to tell by.
    max_drop : accuracy that int8 may lose.

    Raises
    ------
    InputError
        ``precision`` is unknown, or int8 is asked for without texts to calibrate on.
    """
    _check(precision, calibration)
    began = time.perf_counter()
    bench = _Bench(pad_id, list(validation) or list(calibration), targets)
    with _quiet(), tempfile.TemporaryDirectory() as name:
        folders = _write_graphs(model, Path(name), calibration, precision)
        variants = {kind: bench.measure(folder, kind) for kind, folder in folders.items()}
        chosen, reason = _choose(variants, precision, max_drop)
        directory.mkdir(parents=True, exist_ok=True)
        for file in ("model.xml", "model.bin"):
            shutil.copyfile(folders[chosen] / file, directory / file)
    report = EngineReport(
        precision=chosen,
        reason=reason,
        validation_texts=len(validation),
        calibration_texts=len(calibration),
        variants=variants,
        seconds=round(time.perf_counter() - began, 1),
    )
    _write_spec(directory, report)
    return report


def convert(model: Any) -> Any:
    """Return the ``openvino.Model`` of a torch model, with dynamic batch and length."""
    import openvino
    import torch

    class Logits(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.model = model

        def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> Any:
            return self.model(input_ids=input_ids, attention_mask=attention_mask).logits

    # The example has padding, so that tracing keeps the mask in the graph.
    mask = torch.ones((2, 8), dtype=torch.int64)
    mask[1, 5:] = 0
    example = {"input_ids": mask * 3, "attention_mask": mask}
    with _quiet(), torch.no_grad():
        graph = openvino.convert_model(Logits().cpu().eval(), example_input=example)
    for port, name in zip(graph.inputs, _INPUTS, strict=True):
        port.set_names({name})
    graph.outputs[0].set_names({"logits"})
    return graph


class _Bench:
    """Runs each variant over the same texts through the engine that will serve."""

    def __init__(
        self, pad_id: int, encoded: list[Sequence[int]], targets: NDArray[np.int64] | None
    ) -> None:
        self.pad_id, self.encoded, self.targets = pad_id, encoded, targets
        self.expected: NDArray[np.int64] | None = None

    def measure(self, folder: Path, kind: str) -> Variant:
        from penstock.engines.openvino import OpenVINOEngine

        engine = OpenVINOEngine(folder / "model.xml", _INPUTS)
        best = self._run(engine, self.encoded).argmax(axis=1)
        if self.expected is None:
            self.expected = best
        compare = self.targets if self.targets is not None and len(self.targets) else None
        return Variant(
            accuracy=None if compare is None else float(np.mean(best == compare)),
            agreement=float(np.mean(best == self.expected)) if len(best) else 1.0,
            size=sum(file.stat().st_size for file in folder.iterdir()),
            texts_per_second=self._speed(engine),
        )

    def _speed(self, engine: Any) -> float:
        some = self.encoded[:_SPEED_TEXTS]
        if not some:
            return 0.0
        began = time.perf_counter()
        self._run(engine, some)
        return round(len(some) / (time.perf_counter() - began), 1)

    def _run(self, engine: Any, encoded: Sequence[Sequence[int]]) -> NDArray[np.float32]:
        from penstock.engines.scorer import length_batches

        found: dict[int, NDArray[np.float32]] = {}
        for rows in length_batches([len(tokens) for tokens in encoded]):
            logits = engine(*_pad([encoded[row] for row in rows], self.pad_id))
            found.update(zip(rows, logits, strict=True))
        if not found:
            return np.empty((0, 1), np.float32)
        return np.stack([found[row] for row in range(len(encoded))])


def _pad(
    encoded: Sequence[Sequence[int]], pad_id: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    shape = (len(encoded), max(1, *map(len, encoded)))
    ids, mask = np.full(shape, pad_id, np.int64), np.zeros(shape, np.int64)
    for row, tokens in enumerate(encoded):
        ids[row, : len(tokens)] = tokens
        mask[row, : len(tokens)] = 1
    return ids, mask


def _write_graphs(
    model: Any, folder: Path, calibration: Sequence[Sequence[int]], precision: Precision
) -> dict[str, Path]:
    """Write fp32 and, where it may be chosen, int8; fp32 comes first to compare with."""
    import openvino

    from penstock.engines.quantise import quantise

    graphs = {"fp32": convert(model)}
    if calibration and precision != "fp32":
        graphs["int8"] = quantise(graphs["fp32"], calibration)
    for kind, graph in graphs.items():
        (folder / kind).mkdir()
        openvino.save_model(graph, folder / kind / "model.xml", compress_to_fp16=False)
    return {kind: folder / kind for kind in graphs}


def _choose(variants: dict[str, Variant], precision: Precision, max_drop: float) -> tuple[str, str]:
    if precision != "auto":
        return precision, "asked for"
    if "int8" not in variants:
        return "fp32", "no texts to calibrate int8 on"
    before, after = variants["fp32"].accuracy, variants["int8"].accuracy
    if before is None or after is None:
        return "fp32", "no validation texts to compare int8 on"
    told = f"accuracy on validation: int8 {after:.4f}, fp32 {before:.4f}"
    if after >= before - max_drop:
        return "int8", told
    return "fp32", f"{told}, more than {max_drop} less"


def _write_spec(directory: Path, report: EngineReport) -> None:
    spec = {
        "format": FORMAT,
        "engine": "openvino",
        "precision": report.precision,
        "graph": "model.xml",
        "inputs": list(_INPUTS),
        "report": report.to_dict(),
    }
    text = json.dumps(spec, indent=1, sort_keys=True) + "\n"
    (directory / "engine.json").write_text(text, encoding="utf-8")


def _check(precision: str, calibration: Sequence[Sequence[int]]) -> None:
    known = ("auto", "int8", "fp32")
    if precision not in known:
        hint = did_you_mean(str(precision), known)
        raise InputError(f"unknown choice {precision!r}", where="precision", hint=hint)
    if precision == "int8" and not calibration:
        raise InputError("int8 needs texts to calibrate on", where="calibration_texts")


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Keep libraries from talking, to the user and to their makers, while inside."""
    _decline_telemetry()
    loggers = [logging.getLogger(name) for name in ("nncf", "torch", "openvino", "transformers")]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.ERROR)
    try:
        with (
            warnings.catch_warnings(),
            Path(os.devnull).open("w") as nowhere,
            contextlib.redirect_stdout(nowhere),
            contextlib.redirect_stderr(nowhere),
        ):
            warnings.simplefilter("ignore")
            yield
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)


def _decline_telemetry() -> None:
    """OpenVINO and NNCF report usage to a server unless a file says no; say no."""
    with contextlib.suppress(ImportError, AttributeError):
        checker: Any = importlib.import_module("openvino_telemetry.utils.opt_in_checker")
        declined = checker.ConsentCheckResult.DECLINED
        checker.OptInChecker.check = lambda *_, **__: declined
