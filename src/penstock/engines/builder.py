"""The files of each engine, made from one torch model."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

from penstock.engines.graphs import INPUTS, graph_inputs, openvino_graph, write_onnx
from penstock.engines.quantise import compress_weights, quantise, quantise_onnx
from penstock.engines.spec import Graph

__all__ = ["Builder"]

_ONNX_FP32 = "onnxruntime-fp32"


class Builder:
    """Makes engines of one torch model in a scratch folder; each is made once.

    Parameters
    ----------
    model : torch model that takes ``input_ids`` and ``attention_mask`` and gives ``logits``.
    scratch : an empty folder.
    calibration : token ids of training texts; ``openvino-int8`` needs some.
    """

    def __init__(
        self, model: Any, scratch: Path, calibration: Sequence[Sequence[int]] = ()
    ) -> None:
        self._model, self._scratch, self._calibration = model, scratch, calibration
        self._made: dict[str, Graph] = {}
        self._make: dict[str, Callable[[Path], None]] = {
            "openvino-int8": self._openvino_int8,
            "openvino-int8-weights": self._openvino_int8_weights,
            "openvino-fp32": self._openvino_fp32,
            "onnxruntime-int8": self._onnxruntime_int8,
            _ONNX_FP32: self._onnxruntime_fp32,
        }

    def graph(self, name: str) -> Graph:
        """Return an engine's graph, its path relative to the scratch folder."""
        if name not in self._made:
            openvino = name.startswith("openvino")
            file = "model.xml" if openvino else "model.onnx"
            inputs = graph_inputs(self._model) if openvino else INPUTS
            path = self._scratch / name / file
            path.parent.mkdir()
            self._make[name](path)
            self._made[name] = Graph(f"{name}/{file}", list(inputs))
        return self._made[name]

    def path(self, name: str) -> Path:
        """Return where an engine's graph lies."""
        return self._scratch / self.graph(name).path

    def keep(self, name: str, folder: Path) -> Graph:
        """Copy an engine's files into ``folder/<name>/`` and return its graph."""
        graph = self.graph(name)
        shutil.copytree(self._scratch / name, folder / name, dirs_exist_ok=True)
        return graph

    @cached_property
    def _openvino(self) -> Any:
        return openvino_graph(self._model)

    def _openvino_fp32(self, path: Path) -> None:
        _save(self._openvino, path)

    def _openvino_int8(self, path: Path) -> None:
        _save(quantise(self._openvino, self._calibration), path)

    def _openvino_int8_weights(self, path: Path) -> None:
        _save(compress_weights(self._openvino), path)

    def _onnxruntime_fp32(self, path: Path) -> None:
        write_onnx(self._model, path)

    def _onnxruntime_int8(self, path: Path) -> None:
        quantise_onnx(self.path(_ONNX_FP32), path)


def _save(graph: Any, path: Path) -> None:
    import openvino

    openvino.save_model(graph, path, compress_to_fp16=False)
