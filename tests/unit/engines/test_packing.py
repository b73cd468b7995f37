"""Texts that share a row: what the graph is fed, and that the answers stay those of a row each."""

import sys
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "modeling"))

from tiny_models import make_base_model

from penstock.engines.export import export_engines
from penstock.engines.openvino import OpenVINOEngine
from penstock.engines.packing import INPUTS, SIZES, arrange, pack_size
from penstock.engines.padding import pad
from penstock.modeling.encoder import load_encoder


@pytest.mark.parametrize(
    ("lengths", "size"),
    [
        ([1], 16),
        ([16], 16),
        ([8, 8], 16),
        ([3, 3, 3], 32),  # each has the room of 8
        ([60, 4], 128),
        ([64, 64], 128),
        ([64, 65], None),
        ([129], None),
    ],
)
def test_the_size_has_room_for_all(lengths: list[int], size: int | None) -> None:
    assert pack_size(lengths) == size


def test_a_packed_row_says_where_each_token_belongs() -> None:
    ids, positions, sequences, first = arrange(*pad([[5, 6, 7], [8], [9, 10]], 0, width=4))
    assert ids.tolist() == [[5, 6, 7, 8, 9, 10] + [0] * 26]
    assert positions.tolist() == [[0, 1, 2, 0, 0, 1] + [0] * 26]
    assert sequences.tolist() == [[0, 0, 0, 1, 2, 2] + [-1] * 26]
    assert first.tolist() == [[0, 3, 4, 0]]


def test_rows_too_long_to_share_one_stay() -> None:
    rows = [[1] * 100, [2] * 60]
    ids, positions, sequences, first = arrange(*pad(rows, 0, width=128))
    assert ids.shape == positions.shape == sequences.shape == (2, 128)
    assert first.tolist() == [[0], [0]]
    assert positions[0, :100].tolist() == list(range(100))
    assert (sequences[1] == np.where(np.arange(128) < 60, 0, -1)).all()


def test_shapes_are_few_whatever_the_texts() -> None:
    rng = np.random.default_rng(0)
    shapes = set()
    for _ in range(300):
        rows = [[1] * length for length in rng.integers(1, 60, size=rng.integers(1, 5))]
        if pack_size(list(map(len, rows))):
            shapes.add(tuple(array.shape for array in arrange(*pad(rows, 0))))
    assert shapes == {((1, s), (1, s), (1, s), (1, s // 8)) for s in SIZES}
    assert len(INPUTS) == 4


@pytest.fixture(scope="module")
def packed_engine(tmp_path_factory):
    base = make_base_model(tmp_path_factory.mktemp("base"))
    folder = tmp_path_factory.mktemp("engine")
    export_engines(load_encoder(base, ["no", "yes"]).eval(), folder, names="fp32", pad_id=0)
    return OpenVINOEngine(folder / "openvino-fp32/model.xml", INPUTS, threads=1)


def test_a_large_graph_is_compiled_once(packed_engine, monkeypatch):
    monkeypatch.setattr(packed_engine, "_small", False)
    packed_engine.specialise()
    assert not packed_engine._one_shape


def test_an_engine_made_for_the_packed_shapes_answers_as_before(packed_engine):
    rng = np.random.default_rng(0)
    batches = [
        pad([list(rng.integers(5, 20, size=length)) for length in lengths], 0)
        for lengths in ([5], [16], [3, 9, 2], [30, 30], [8] * 16, [66], [66, 66])
    ]
    before = [packed_engine(*batch) for batch in batches]
    packed_engine.specialise()
    assert len(packed_engine._one_shape) == len(SIZES)
    for batch, want in zip(batches, before, strict=True):
        np.testing.assert_allclose(packed_engine(*batch), want, atol=1e-5)
