"""OpenVINO on the CPU."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import openvino

from penstock.engines import packing
from penstock.engines.base import Float32, Int64
from penstock.engines.cores import usable_cores
from penstock.engines.inputs import check_inputs, feed, packs
from penstock.errors import IntegrityError

__all__ = ["OpenVINOEngine"]

SPECIALISED = 64 * 2**20
"""Bytes of a graph's weights up to which it is compiled for each shape: every time some twice of
them are in memory again, and the larger a graph, the less there is to gain."""

Shapes: TypeAlias = tuple[tuple[int, ...], ...]
Infer: TypeAlias = Callable[[Mapping[str, Int64]], Any]


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
        self._core = openvino.Core()
        self._graph = _read(self._core, graph)
        self._small = graph.with_suffix(".bin").stat().st_size <= SPECIALISED
        check_inputs(self._inputs, [port.get_names() for port in self._graph.inputs])
        self._any_shape = _Requests(partial(_any_shape, self._compile(self._graph)))
        self._one_shape: dict[Shapes, _Requests] = {}

    def __call__(self, input_ids: Int64, attention_mask: Int64) -> Float32:
        """Return logits of shape (n, n_classes) for arrays of shape (n, t)."""
        given = feed(self._inputs, input_ids, attention_mask)
        shapes = tuple(array.shape for array in given.values())
        return self._one_shape.get(shapes, self._any_shape)(given)[: len(input_ids)]

    def specialise(self) -> None:
        """Compile a small graph once more for each shape of a packed row; calls go on meanwhile.

        With shapes that it knows OpenVINO fuses more and plans memory ahead. Measured with
        MiniLM-L6 int8 on two cores: a call takes a seventh less, one whose shape is not that of
        the call before a third; each of the four takes 0.3 s and 40 MB.
        """
        for size in packing.SIZES if self.packs and self._small else ():
            shapes = packing.packed_shapes(size)
            graph = self._graph.clone()
            graph.reshape(dict(zip(packing.INPUTS, map(list, shapes), strict=True)))
            self._one_shape[shapes] = _Requests(partial(_one_shape, self._compile(graph)))

    def _compile(self, graph: Any) -> Any:
        settings = {
            "NUM_STREAMS": self.streams,
            "INFERENCE_NUM_THREADS": self.threads,
            # bfloat16 has been half the speed of float32 on the CPUs measured.
            "INFERENCE_PRECISION_HINT": "f32",
            # Beside a server's own threads: 10 % more texts under load where the system may
            # move the engine's threads.
            "ENABLE_CPU_PINNING": False,
        }
        return self._core.compile_model(graph, "CPU", settings)


def _any_shape(compiled: Any) -> Infer:
    request = compiled.create_infer_request()
    return lambda given: request.infer(given, share_inputs=True)[0]


def _one_shape(compiled: Any) -> Infer:
    """Return a call that fills the inputs' own memory: 25 us less than handing over arrays."""
    request = compiled.create_infer_request()
    inputs = {name: request.get_tensor(name).data for name in packing.INPUTS}

    def infer(given: Mapping[str, Int64]) -> Any:
        for name, memory in inputs.items():
            memory[...] = given[name]
        request.infer()
        return request.get_output_tensor(0).data

    return infer


class _Requests:
    """Requests of a compiled graph. None is safe to share, so each call takes a free one and
    gives it back; append and pop of a deque are atomic, there is no lock to wait for.
    """

    def __init__(self, make: Callable[[], Infer]) -> None:
        self._make = make
        self._free: deque[Infer] = deque()

    def __call__(self, given: Mapping[str, Int64]) -> Float32:
        """Return the graph's one output."""
        try:
            infer = self._free.pop()
        except IndexError:
            infer = self._make()
        output = np.array(infer(given), dtype=np.float32)
        self._free.append(infer)
        return output


def _prepare_bindings() -> None:
    """Hand OpenVINO a first array while no other thread does.

    Its bindings look numpy up at the first array. Two threads that both hand over their first
    one deadlock there, now and then, with the interpreter's lock held (seen in 2 of 21 starts
    with two streams; pybind11's `gil_safe_call_once_and_store`).
    """
    openvino.Tensor(np.zeros((1, 1), np.int64), shared_memory=True)


def _read(core: Any, graph: Path) -> Any:
    try:
        return core.read_model(str(graph))
    except RuntimeError as error:
        what = f"OpenVINO cannot read the graph: {str(error).strip().splitlines()[-1]}"
        raise IntegrityError(what, where=str(graph)) from None
