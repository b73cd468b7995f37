"""Graphs of a torch model: token ids in, logits out, any batch and any length.

OpenVINO converts the torch model directly. By way of ``torch.onnx.export(dynamo=True)`` the
graph comes out equal (logits within 1e-6 of torch both ways) and takes four times as long:
8.2 s instead of 2.3 s for all-MiniLM-L6-v2 on two cores.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch

from penstock.engines import packing
from penstock.engines.first import packed_logits, reads_first
from penstock.engines.silence import silence

__all__ = ["INPUTS", "graph_inputs", "openvino_graph", "write_onnx"]

INPUTS = ("input_ids", "attention_mask")


class Logits(torch.nn.Module):
    """A sequence classifier as a function of two tensors."""

    def __init__(self, model: Any) -> None:
        super().__init__()
        self.model = model

    def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> Any:
        """Return logits of shape (n, n_classes) for tensors of shape (n, t)."""
        return self.model(input_ids=input_ids, attention_mask=attention_mask).logits


class PackedLogits(torch.nn.Module):
    """A sequence classifier as a function of `penstock.engines.packing.INPUTS`."""

    def __init__(self, model: Any) -> None:
        super().__init__()
        self.model = model

    def forward(
        self,
        input_ids: torch.Tensor,
        position_ids: torch.Tensor,
        sequence_ids: torch.Tensor,
        first: torch.Tensor,
    ) -> torch.Tensor:
        """Return logits of shape (b * m, n_classes)."""
        return packed_logits(self.model, input_ids, position_ids, sequence_ids, first)


def graph_inputs(model: Any) -> tuple[str, ...]:
    """Return the inputs of a model's OpenVINO graph: those of a packed one where it can be."""
    return packing.INPUTS if reads_first(model) else INPUTS


def openvino_graph(model: Any) -> Any:
    """Return the ``openvino.Model`` of a torch model, with dynamic batch and length.

    Its inputs are `graph_inputs`.
    """
    import openvino

    names = graph_inputs(model)
    packs = names == packing.INPUTS
    wrapped = (PackedLogits if packs else Logits)(model).cpu()
    wrapped.eval()  # torch's inference mode: a graph without dropout
    with silence(), torch.no_grad():
        example = dict(zip(names, _packed_example() if packs else _example(), strict=True))
        graph = openvino.convert_model(wrapped, example_input=example)
    _name(graph, names)
    return graph


def write_onnx(model: Any, path: Path) -> None:
    """Write ``model.onnx``, weights within, with dynamic batch and length."""
    free = {0: torch.export.Dim.DYNAMIC, 1: torch.export.Dim.DYNAMIC}
    with silence(), torch.no_grad():
        torch.onnx.export(
            Logits(model).cpu().eval(),  # torch's inference mode: a graph without dropout
            _example(),
            str(path),
            dynamo=True,
            input_names=list(INPUTS),
            output_names=["logits"],
            dynamic_shapes=(free, free),
            external_data=False,
            verbose=False,
        )


def _name(graph: Any, inputs: Sequence[str]) -> None:
    for port, name in zip(graph.inputs, inputs, strict=True):
        port.set_names({name})
    graph.outputs[0].set_names({"logits"})


def _example() -> tuple[torch.Tensor, torch.Tensor]:
    """Return two texts, one with padding, so that tracing keeps the mask in the graph."""
    mask = torch.ones((2, 8), dtype=torch.int64)
    mask[1, 5:] = 0
    return mask * 3, mask


def _packed_example() -> tuple[torch.Tensor, ...]:
    """Return four texts in two rows."""
    places = torch.arange(8).expand(2, 8)
    return torch.full((2, 8), 3), places % 4, places // 4, torch.tensor([[0, 4], [0, 4]])
