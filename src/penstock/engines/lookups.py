"""Embedding tables that stay in 8 bits: rows are looked up first and become floats then.

Quantised, a table is bytes times a scale for each row. OpenVINO works such a product out for all
rows when it loads a graph, so that a MiniLM-L6's table takes 47 MB more than its 12.
"""

from __future__ import annotations

from typing import Any

__all__ = ["look_up_first"]


def look_up_first(graph: Any) -> None:
    """Rewrite an ``openvino.Model`` in place; its results stay what they were."""
    for node in list(graph.get_ops()):
        if node.get_type_name() == "Gather" and _by_row(node) and (table := _table(node)):
            _replace(node, *table)
    graph.validate_nodes_and_infer_types()


def _by_row(gather: Any) -> bool:
    axis = gather.input_value(2).get_node()
    return axis.get_type_name() == "Constant" and not axis.get_data().any()


def _table(gather: Any) -> tuple[Any, Any] | None:
    """Return a quantised table: bytes of shape (v, d) and scales of shape (v, 1), or None."""
    product = gather.input_value(0).get_node()
    if product.get_type_name() != "Multiply":
        return None
    convert, scales = product.input_value(0).get_node(), product.input_value(1)
    if convert.get_type_name() != "Convert" or scales.get_node().get_type_name() != "Constant":
        return None
    values = convert.input_value(0)
    shape = _shape(values)
    return (values, scales) if len(shape) == 2 and _shape(scales) == [shape[0], 1] else None


def _shape(output: Any) -> list[int]:
    return list(output.get_shape())


def _replace(gather: Any, values: Any, scales: Any) -> None:
    from openvino import opset13

    rows, axis = gather.input_value(1), gather.input_value(2)
    found = opset13.convert(opset13.gather(values, rows, axis), scales.get_element_type())
    scaled = opset13.multiply(found, opset13.gather(scales, rows, axis))
    for reader in gather.output(0).get_target_inputs():
        reader.replace_source_output(scaled.output(0))
