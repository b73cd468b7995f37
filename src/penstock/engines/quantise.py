"""Quantisation: graphs in 8-bit integers."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from penstock.engines.inputs import feed
from penstock.engines.lookups import look_up_first
from penstock.engines.silence import silence

__all__ = ["SUBSET", "compress_weights", "quantise", "quantise_onnx"]

SUBSET = 300
"""Texts to calibrate on; NNCF's own default."""


def quantise(graph: Any, encoded: Sequence[Sequence[int]]) -> Any:
    """Return a copy of an OpenVINO graph with static int8 weights and activations.

    Parameters
    ----------
    graph : ``openvino.Model`` whose inputs `feed` knows.
    encoded : token ids of training texts; the first 300 are used, one at a time, so that
        no padding gets into the statistics.
    """
    import nncf

    names = [port.get_any_name() for port in graph.inputs]
    items = [_item(names, tokens) for tokens in encoded[:SUBSET]]
    with silence():
        quantised = nncf.quantize(
            graph,
            nncf.Dataset(items),
            model_type=nncf.ModelType.TRANSFORMER,
            subset_size=len(items),
        )
    look_up_first(quantised)
    return quantised


def compress_weights(graph: Any) -> Any:
    """Return a copy of an OpenVINO graph with int8 weights; activations stay 32-bit floats."""
    import nncf

    with silence():
        compressed = nncf.compress_weights(graph.clone(), mode=nncf.CompressWeightsMode.INT8_SYM)
    look_up_first(compressed)
    return compressed


def quantise_onnx(source: Path, target: Path) -> None:
    """Write an ONNX graph with int8 weights, and activations quantised batch by batch."""
    from onnxruntime.quantization import QuantType, quantize_dynamic

    with silence():
        quantize_dynamic(source, target, weight_type=QuantType.QInt8)


def _item(names: Sequence[str], tokens: Sequence[int]) -> dict[str, Any]:
    ids = np.array([tokens], np.int64)
    return dict(feed(names, ids, np.ones_like(ids), pack=False))
