from __future__ import annotations

import json
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from tiny_model import CLASSES, build_tiny_model, tiny_tokenizer

from penstock.artifacts.manifest import write_manifest
from penstock.engines import load_engine
from penstock.engines.base import Float32, Int64
from penstock.engines.padding import bucket
from penstock.engines.scorer import TextScorer, length_batches
from penstock.errors import ConfigError, DataError, IntegrityError, NotFoundError

TEXTS = [
    "yes please",
    "42",
    "None",
    "",
    "\0",
    "😀 talk",
    "call me " * 300,
    "\ud800 later",
    "no\u2028",
]


@pytest.fixture(scope="module")
def scorer(model_dir: Path) -> TextScorer:
    return TextScorer.load(model_dir, threads=1)


def test_probabilities_have_the_shape_and_sum_to_one(scorer: TextScorer) -> None:
    proba = scorer.predict_proba(TEXTS)
    assert proba.shape == (len(TEXTS), len(CLASSES))
    assert proba.dtype == np.float32
    np.testing.assert_allclose(proba.sum(axis=1), 1, atol=1e-5)
    assert scorer.classes == CLASSES


def test_an_empty_list_has_a_shape_too(scorer: TextScorer) -> None:
    assert scorer.predict_proba([]).shape == (0, len(CLASSES))


def test_neighbours_in_a_batch_change_nothing(scorer: TextScorer) -> None:
    alone = np.vstack([scorer.predict_proba([text]) for text in TEXTS])
    np.testing.assert_allclose(scorer.predict_proba(TEXTS), alone, atol=1e-5)
    np.testing.assert_allclose(scorer.predict_proba(TEXTS[::-1])[::-1], alone, atol=1e-5)


def test_a_long_text_is_cut_and_keeps_its_special_tokens(scorer: TextScorer) -> None:
    (ids,) = scorer.encode(["yes " * 600]).rows
    assert len(ids) == scorer.max_length == 32
    assert (ids[0], ids[-1]) == (2, 3)


def test_encode_logits_and_read_are_the_three_parts_of_predict(scorer: TextScorer) -> None:
    tokens = scorer.encode(TEXTS)
    scores = scorer.read(scorer.logits(tokens.rows), tokens)
    np.testing.assert_allclose(scores.probabilities, scorer.predict_proba(TEXTS), atol=1e-5)


def test_temperature_divides_the_logits(model_dir: Path) -> None:
    engine = load_engine(model_dir, threads=1)
    ids = np.array([[2, 4, 3]], dtype=np.int64)
    logits = engine(ids, np.ones_like(ids))
    scorer = TextScorer(tiny_tokenizer(), engine, CLASSES, max_length=8, temperature=2.0)
    expected = np.exp(logits / 2) / np.exp(logits / 2).sum()
    np.testing.assert_allclose(scorer.predict_proba(["yes"]), expected, rtol=1e-5)


def test_token_type_ids_are_fed_zeros(model_dir: Path, tmp_path: Path) -> None:
    inputs = ("input_ids", "attention_mask", "token_type_ids")
    other = build_tiny_model(tmp_path / "other", inputs=inputs)
    np.testing.assert_allclose(
        TextScorer.load(other).predict_proba(TEXTS),
        TextScorer.load(model_dir).predict_proba(TEXTS),
        atol=1e-5,
    )


def test_threads_share_one_engine(scorer: TextScorer) -> None:
    expected = scorer.predict_proba(TEXTS)
    with ThreadPoolExecutor(8) as pool:
        for proba in pool.map(scorer.predict_proba, [TEXTS] * 40):
            np.testing.assert_allclose(proba, expected, atol=1e-5)


def test_streams_answer_as_one_engine_does(scorer: TextScorer, model_dir: Path) -> None:
    several = TextScorer.load(model_dir, threads=2, streams=2)
    assert (several.streams, scorer.streams) == (2, 1)
    expected = scorer.predict_proba(TEXTS)
    with ThreadPoolExecutor(4) as pool:
        for proba in pool.map(several.predict_proba, [TEXTS] * 20):
            np.testing.assert_allclose(proba, expected, atol=1e-5)


def test_the_engine_sees_few_widths() -> None:
    seen = []

    class Engine:
        streams = batch_rows = 1

        def __call__(self, input_ids: Int64, attention_mask: Int64) -> Float32:
            seen.append((input_ids.shape, int(attention_mask.sum())))
            return np.zeros((len(input_ids), len(CLASSES)), np.float32)

    scorer = TextScorer(tiny_tokenizer(), Engine(), CLASSES, max_length=30)
    for length in (1, 8, 9, 13, 25, 30):
        scorer.logits([[7] * length])
    assert seen == [((1, w), n) for w, n in ((8, 1), (8, 8), (12, 9), (16, 13), (30, 25), (30, 30))]
    assert [bucket(length) for length in (512, 513, 640, 641)] == [512, 640, 640, 768]


def test_what_is_no_text_is_refused_by_its_place(scorer: TextScorer) -> None:
    with pytest.raises(DataError, match=r"texts\[1\]: is int"):
        scorer.predict_proba(["yes", 42])  # type: ignore[list-item]
    with pytest.raises(DataError, match="list of texts"):
        scorer.predict_proba("yes")


@pytest.mark.parametrize(
    "name", ["classifier/classifier.json", "classifier/tokenizer.json", "engine/model.bin"]
)
def test_a_changed_file_is_not_loaded(model_dir: Path, tmp_path: Path, name: str) -> None:
    copy = Path(shutil.copytree(model_dir, tmp_path / "copy"))
    content = bytearray((copy / name).read_bytes())
    content[-1] ^= 1
    (copy / name).write_bytes(bytes(content))
    with pytest.raises(IntegrityError, match=name):
        TextScorer.load(copy)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"engine": "openvin"}, "did you mean 'openvino-fp32'"),
        ({"format": 3}, "format 3"),
        ({"graph": "../model.xml"}, "not a file of engine/"),
        ({"inputs": ["input_ids"]}, "takes 2 inputs"),
        ({"inputs": ["input_ids", "pixels"]}, "pixels"),
    ],
)
def test_a_wrong_engine_json_says_what_is_wrong(
    model_dir: Path, tmp_path: Path, change: dict[str, object], message: str
) -> None:
    copy = Path(shutil.copytree(model_dir, tmp_path / "copy"))
    path = copy / "engine/engine.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | change))
    write_manifest(copy)
    with pytest.raises(ConfigError, match=message):
        TextScorer.load(copy)


def test_no_engine_is_not_found(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError):
        load_engine(tmp_path)


def test_length_batches_keep_every_row_and_the_bounds() -> None:
    lengths = [5, 1, 30, 7, 30, 2, 2, 100]
    batches = list(length_batches(lengths, max_rows=3, max_tokens=60))
    assert sorted(row for batch in batches for row in batch) == list(range(8))
    for batch in batches:
        assert len(batch) == 1 or max(lengths[row] for row in batch) * len(batch) <= 60
        assert len(batch) <= 3
