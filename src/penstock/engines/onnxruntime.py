"""ONNX Runtime on the CPU: the portable engine."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime

from penstock.engines.base import Float32, Int64
from penstock.engines.cores import usable_cores
from penstock.engines.inputs import check_inputs, feed
from penstock.errors import IntegrityError

__all__ = ["ONNXRuntimeEngine"]


class ONNXRuntimeEngine:
    """An ONNX graph on the CPU. A session takes calls from several threads.

    Parameters
    ----------
    graph : ``model.onnx``.
    inputs : names of the graph's inputs; ``token_type_ids`` is fed zeros.
    threads : cores to use; default: `usable_cores`.

    Raises
    ------
    ConfigError : an input is neither the graph's nor one that can be fed.
    IntegrityError : ONNX Runtime cannot read the graph.
    """

    streams = 1
    batch_rows = 64
    packs = False

    def __init__(self, graph: Path, inputs: Sequence[str], *, threads: int | None = None) -> None:
        self.threads = threads or usable_cores()
        self._inputs = tuple(inputs)
        self._session = _session(graph, self.threads)
        check_inputs(self._inputs, [{port.name} for port in self._session.get_inputs()])

    def __call__(self, input_ids: Int64, attention_mask: Int64) -> Float32:
        """Return logits of shape (n, n_classes) for arrays of shape (n, t)."""
        given = feed(self._inputs, input_ids, attention_mask)
        (logits,) = self._session.run(["logits"], given)
        return np.asarray(logits, dtype=np.float32)

    def specialise(self) -> None:
        """Do nothing: all shapes are alike to it."""


def _session(graph: Path, threads: int) -> Any:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.log_severity_level = 3  # errors; warnings name nodes that run on the CPU, as all do
    # Idle threads that spin take the cores from tokeniser and server.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    try:
        return onnxruntime.InferenceSession(str(graph), options, providers=["CPUExecutionProvider"])
    except Exception as error:  # its exceptions have no common base but Exception
        what = f"ONNX Runtime cannot read the graph: {str(error).strip().splitlines()[-1]}"
        raise IntegrityError(what, where=str(graph)) from None
