"""Tables that stay in 8 bits: the same floats come out, and the table is never whole as floats."""

from __future__ import annotations

from typing import Any

import numpy as np
import openvino
import pytest
from openvino import opset13

from penstock.engines.lookups import look_up_first

VALUES = np.arange(-48, 48, dtype=np.int8).reshape(6, 16)
SCALES = np.linspace(0.1, 0.6, 6, dtype=np.float32).reshape(6, 1)


def graph(scales: np.ndarray, axis: int = 0) -> Any:
    rows = opset13.parameter([-1], np.int64, name="rows")
    floats = opset13.convert(opset13.constant(VALUES), np.float32)
    table = opset13.multiply(floats, opset13.constant(scales))
    return openvino.Model([opset13.gather(table, rows, opset13.constant(axis))], [rows])


def results(model: Any, rows: list[int]) -> np.ndarray:
    compiled = openvino.Core().compile_model(model, "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
    return compiled([np.array(rows, np.int64)])[0].copy()


def products(model: Any) -> list[tuple[int, ...]]:
    found = [node for node in model.get_ops() if node.get_type_name() == "Multiply"]
    return [tuple(node.get_output_partial_shape(0).to_string().split(",")) for node in found]


def test_rows_are_looked_up_before_they_are_scaled() -> None:
    model = graph(SCALES)
    want = results(model, [5, 0, 5])
    look_up_first(model)
    assert products(model) == [("[?", "16]")]
    np.testing.assert_array_equal(results(model, [5, 0, 5]), want)
    np.testing.assert_allclose(want, (VALUES * SCALES)[[5, 0, 5]], rtol=1e-6)


COLUMNS = np.linspace(0.1, 1.6, 16, dtype=np.float32).reshape(1, 16)


@pytest.mark.parametrize(("scales", "axis"), [(SCALES[:1], 0), (COLUMNS, 0), (SCALES, 1)])
def test_what_is_no_table_of_rows_stays(scales: np.ndarray, axis: int) -> None:
    model = graph(scales, axis)
    want = results(model, [1, 0])
    look_up_first(model)
    assert products(model) == [("[6", "16]")]
    np.testing.assert_array_equal(results(model, [1, 0]), want)
