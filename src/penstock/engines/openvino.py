"""OpenVINO on the CPU."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import openvino

from penstock.engines.base import Float32, Int64
from penstock.engines.cores import usable_cores
from penstock.engines.inputs import check_inputs, feed, packs
from penstock.errors import IntegrityError

__all__ = ["OpenVINOEngine"]


class OpenVINOEngine:
    """A graph compiled for the CPU, with dynamic shapes.

    Parameters
    ----------
    graph : ``model.xml``, with ``model.bin`` beside it.
    inputs : names of the graph's inputs: `packing.INPUTS`, or ``input_ids`` and
        ``attention_mask``; ``token_type_ids`` is fed zeros.
    threads : cores to use; default: `usable_cores`.
    streams : calls that run at once, each on its share of the cores. Default 1, which serves
        one caller best; for many callers see `served_streams`.

    Raises
    ------
    ConfigError : an input is neither the graph's nor one that can be fed.
    IntegrityError : OpenVINO cannot read the graph.
    """

    # Measured with MiniLM-L6 int8 on one core, texts of 16 tokens: 1.04 texts/ms alone, 1.36 in
    # twos, 1.53 in fours, 1.69 in eights, 1.87 in sixteens, and no more beyond.
    batch_rows = 16

    def __init__(
        self,
        graph: Path,
        inputs: Sequence[str],
        *,
        threads: int | None = None,
        streams: int = 1,
    ) -> None:
        self.threads = threads or usable_cores()
        self.streams = min(streams, self.threads)
        self._inputs = tuple(inputs)
        self.packs = packs(self._inputs)
        _prepare_bindings()
        self._compiled = _compile(graph, self.threads, self.streams)
        check_inputs(self._inputs, [port.get_names() for port in self._compiled.inputs])
        # A request is not safe to share, so each call takes a free one and gives it back;
        # append and pop of a deque are atomic, there is no lock to wait for.
        self._free: deque[Any] = deque()

    def __call__(self, input_ids: Int64, attention_mask: Int64) -> Float32:
        """Return logits of shape (n, n_classes) for arrays of shape (n, t)."""
        try:
            request = self._free.pop()
        except IndexError:
            request = self._compiled.create_infer_request()
        given = feed(self._inputs, input_ids, attention_mask)
        found = request.infer(given, share_inputs=True)[0]
        logits = np.array(found[: len(input_ids)], dtype=np.float32)
        self._free.append(request)
        return logits


def _prepare_bindings() -> None:
    """Hand OpenVINO a first array while no other thread does.

    Its bindings look numpy up at the first array. Two threads that both hand over their first
    one deadlock there, now and then, with the interpreter's lock held (seen in 2 of 21 starts
    with two streams; pybind11's `gil_safe_call_once_and_store`).
    """
    openvino.Tensor(np.zeros((1, 1), np.int64), shared_memory=True)


def _compile(graph: Path, threads: int, streams: int) -> Any:
    settings = {
        "NUM_STREAMS": streams,
        "INFERENCE_NUM_THREADS": threads,
        # bfloat16 has been half the speed of float32 on the CPUs measured.
        "INFERENCE_PRECISION_HINT": "f32",
    }
    try:
        return openvino.Core().compile_model(str(graph), "CPU", settings)
    except RuntimeError as error:
        what = f"OpenVINO cannot read the graph: {str(error).strip().splitlines()[-1]}"
        raise IntegrityError(what, where=str(graph)) from None
