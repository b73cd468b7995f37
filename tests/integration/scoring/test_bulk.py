"""Many texts in one request: whole, streamed, beside single ones."""

from __future__ import annotations

import csv
import io
import json
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from container import Container

from penstock.engines.scorer import TextScorer
from penstock.scoring.work import body as body_module

WORDS = ["yes", "no", "call", "me", "later", "please", "thanks", "42", "None", "😀"]
LINES = {"Content-Type": "application/jsonlines", "Accept": "application/jsonlines"}
COMMAS = {"Content-Type": "text/csv", "Accept": "application/jsonlines"}


def texts(count: int) -> list[str]:
    return [" ".join(WORDS[: n % 10 + 1]) + f" {n}" for n in range(count)]


def json_lines(items: list[str]) -> bytes:
    return "\n".join(json.dumps(item) for item in items).encode()


def csv_of(items: list[str]) -> bytes:
    file = io.StringIO()
    csv.writer(file).writerows([["text"], *([item] for item in items)])
    return file.getvalue().encode()


def predictions(content: Any) -> list[dict[str, Any]]:
    return [json.loads(line) for line in content.splitlines()]


@pytest.mark.parametrize(("headers", "encode"), [(LINES, json_lines), (COMMAS, csv_of)])
def test_ten_thousand_texts_are_answered_in_order(
    container: Container, model_dir: Path, headers: dict[str, str], encode: Any
) -> None:
    items = texts(10_000)
    status, content = container.ask("/invocations", encode(items), headers)
    assert status == 200
    found = predictions(content)
    assert len(found) == 10_000
    sample = slice(0, 10_000, 97)
    scores = [list(prediction["scores"].values()) for prediction in found[sample]]
    expected = TextScorer.load(model_dir).predict_proba(items[sample])
    np.testing.assert_allclose(scores, expected, atol=1e-4)
    assert {prediction["request_id"] for prediction in found} == {found[0]["request_id"]}


def test_a_single_text_passes_a_bulk_request(container: Container) -> None:
    bulk = threading.Thread(
        target=container.ask, args=("/invocations", json_lines(texts(10_000)), LINES)
    )
    bulk.start()
    passed = 0
    while bulk.is_alive() and passed < 20:
        assert container.ask("/invocations", b'{"inputs": ["yes"]}')[0] == 200
        passed += 1
    bulk.join()
    assert passed >= 5, "single texts waited for the bulk request"


def test_more_than_a_body_may_have_is_streamed_with_bounded_memory(container: Container) -> None:
    line = json.dumps({"text": "yes please", "note": "x" * 20_000}).encode() + b"\n"
    count = 40 * 2**20 // len(line)
    before = container.metric("process_resident_memory_bytes")
    connection = container.connect()
    headers = {**LINES, "Content-Length": str(count * len(line))}
    connection.request("POST", "/invocations", (line for _ in range(count)), headers)
    response = connection.getresponse()
    assert response.status == 200
    assert len(predictions(response.read())) == count
    connection.close()
    grown = container.metric("process_resident_memory_bytes") - before
    assert grown < 30 * 2**20, f"{grown / 2**20:.0f} MiB for a body of 40 MiB"


def test_chunks_without_a_length_are_streamed(container: Container) -> None:
    connection = container.connect()
    pieces = (json_lines(texts(300)) + b"\n" for _ in range(5))
    connection.request("POST", "/invocations", pieces, LINES, encode_chunked=True)
    response = connection.getresponse()
    assert response.status == 200
    assert len(predictions(response.read())) == 1500


def test_a_wrong_line_far_behind_is_told_before_any_answer(container: Container) -> None:
    content = json_lines(texts(5000)) + b"\n{"
    status, answer = container.ask("/invocations", content, LINES)
    assert (status, answer["error"]["code"]) == (400, "malformed_body")
    assert answer["error"]["message"].startswith("line 5001: ")


def test_json_does_not_stream_and_says_what_does(container: Container) -> None:
    content = b" " * (6 * 2**20 + 1)
    headers = {"Content-Type": "application/jsonlines"}
    status, answer = container.ask("/invocations", content, headers)
    assert status == 413
    assert "accept application/jsonlines" in answer["error"]["hint"]
    connection = container.connect()
    connection.putrequest("POST", "/invocations")
    for name, value in {**LINES, "Content-Length": str(body_module.MAX_STREAM + 1)}.items():
        connection.putheader(name, value)
    connection.endheaders()
    assert connection.getresponse().status == 413


def test_a_stream_whose_reader_leaves_ends(container: Container) -> None:
    connection = container.connect()
    connection.request("POST", "/invocations", json_lines(texts(30_000)), LINES)
    response = connection.getresponse()
    response.read(100)
    response.close()
    connection.close()
    container.wait_for(lambda: container.metric("penstock_requests_in_progress") == 0, 10)
    container.wait_for(lambda: container.metric("penstock_rows_waiting") == 0, 10)
