"""Quantisation: an OpenVINO graph in 8-bit integers, by way of NNCF."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

__all__ = ["SUBSET", "quantise"]

SUBSET = 300
"""Texts to calibrate on; NNCF's own default."""


def quantise(graph: Any, encoded: Sequence[Sequence[int]]) -> Any:
    """Return a copy of an OpenVINO graph with static int8 weights and activations.

    Parameters
    ----------
    graph : ``openvino.Model`` with the inputs ``input_ids`` and ``attention_mask``.
    encoded : token ids of training texts; the first 300 are used, one at a time, so that
        no padding gets into the statistics.
    """
    import nncf

    items = [_item(tokens) for tokens in encoded[:SUBSET]]
    return nncf.quantize(
        graph,
        nncf.Dataset(items),
        model_type=nncf.ModelType.TRANSFORMER,
        subset_size=len(items),
    )


def _item(tokens: Sequence[int]) -> dict[str, Any]:
    ids = np.array([tokens], np.int64)
    return {"input_ids": ids, "attention_mask": np.ones_like(ids)}
