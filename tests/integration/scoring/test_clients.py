"""MLflow's own client, many clients at once, too many of them, and a collector of traces."""

from __future__ import annotations

import http.server
import json
import random
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from container import Container, free_port
from mlflow.pyfunc.scoring_server.client import ScoringServerClient
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from penstock import __version__
from penstock.engines.scorer import TextScorer

TEXTS = ["yes please", "42", "None", "", "no no", "call me later", "thanks " * 600, "😀"]
ONE = b'{"inputs": ["yes"]}'

# Its `dump_input_data` fails on a Series and on a dictionary, whatever the server.
AS_MLFLOW_TAKES_IT = {
    "data frame": pd.DataFrame({"text": TEXTS}),
    "data frame with an index": pd.DataFrame({"id": range(8), "text": TEXTS}, index=range(8, 16)),
    "array": np.array(TEXTS),
    "column": np.array(TEXTS)[:, None],
    "list": TEXTS,
    "records": [{"text": text} for text in TEXTS],
}


@pytest.fixture(scope="module")
def expected(model_dir: Path) -> Any:
    return TextScorer.load(model_dir).predict_proba(TEXTS)


@pytest.mark.parametrize("name", AS_MLFLOW_TAKES_IT)
def test_mlflows_client_gets_the_same_answers(
    container: Container, expected: Any, name: str
) -> None:
    client = ScoringServerClient("127.0.0.1", container.port)
    client.wait_server_ready(timeout=10)
    frame = client.invoke(AS_MLFLOW_TAKES_IT[name], params={"top_k": 1}).get_predictions()
    assert list(frame["status"]) == ["scored"] * len(TEXTS)
    found = [list(scores.values()) for scores in frame["scores"]]
    np.testing.assert_allclose(found, expected, atol=1e-4)
    assert client.get_version() == __version__


def test_answers_do_not_depend_on_the_neighbours_in_a_batch(
    container: Container, expected: Any
) -> None:
    chance = random.Random(0)
    orders = [chance.choices(range(len(TEXTS)), k=chance.randint(1, 40)) for _ in range(150)]

    def ask(order: list[int]) -> None:
        body = json.dumps({"inputs": [TEXTS[number] for number in order]}).encode()
        status, answer = container.ask("/invocations", body)
        assert status == 200
        found = [list(prediction["scores"].values()) for prediction in answer["predictions"]]
        np.testing.assert_allclose(found, expected[order], atol=1e-4)

    with ThreadPoolExecutor(16) as pool:
        list(pool.map(ask, orders))


def test_too_many_clients_are_told_to_come_back_and_then_all_is_well(
    model_dir: Path, tmp_path: Path
) -> None:
    container = Container(model_dir, tmp_path / "log", PENSTOCK_MAX_REQUESTS="4")
    try:
        container.wait_until_ready()
        before = container.metric("process_resident_memory_bytes")
        body = json.dumps({"inputs": ["yes please " * 50] * 200}).encode()

        def ask(_: int) -> int:
            connection = container.connect()
            connection.request("POST", "/invocations", body)
            response = connection.getresponse()
            content = json.loads(response.read())
            if response.status == 503:
                assert response.getheader("retry-after") == "1"
                assert content["error"]["code"] == "busy"
            connection.close()
            return response.status

        with ThreadPoolExecutor(40) as pool:
            statuses = list(pool.map(ask, range(400)))
        assert set(statuses) == {200, 503}
        grown = container.metric("process_resident_memory_bytes") - before
        assert grown < 100 * 2**20
        with ThreadPoolExecutor(4) as pool:
            assert set(pool.map(ask, range(40))) == {200}
        assert container.ask("/ping")[0] == 200
    finally:
        container.end()


class Collector(http.server.BaseHTTPRequestHandler):
    """Takes what an exporter sends."""

    spans: list[Any]

    def do_POST(self) -> None:
        content = self.rfile.read(int(self.headers["content-length"]))
        request = ExportTraceServiceRequest.FromString(content)
        for resource in request.resource_spans:
            for scope in resource.scope_spans:
                self.spans += scope.spans
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def collector() -> Iterator[tuple[str, list[Any]]]:
    Collector.spans = []
    server = http.server.ThreadingHTTPServer(("127.0.0.1", free_port()), Collector)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", Collector.spans
    server.shutdown()
    thread.join()


def test_a_request_is_a_span_of_its_clients_trace(
    model_dir: Path, tmp_path: Path, collector: tuple[str, list[Any]]
) -> None:
    address, spans = collector
    container = Container(
        model_dir,
        tmp_path / "log",
        OTEL_EXPORTER_OTLP_ENDPOINT=address,
        OTEL_BSP_SCHEDULE_DELAY="50",
        HTTP_PROXY="http://127.0.0.1:9",  # nobody listens there, and nobody is to ask
    )
    trace, parent = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
    try:
        container.wait_until_ready()
        headers = {"traceparent": f"00-{trace}-{parent}-01"}
        assert container.ask("/invocations", ONE, headers)[0] == 200
        container.wait_for(lambda: bool(spans), 10)
    finally:
        container.end()
    (span,) = spans
    assert span.name == "POST /invocations"
    assert (span.trace_id.hex(), span.parent_span_id.hex()) == (trace, parent)
    found = {each.key: each.value for each in span.attributes}
    assert found["http.response.status_code"].int_value == 200
    assert found["penstock.records"].int_value == 1
    assert 0 < span.end_time_unix_nano - span.start_time_unix_nano < 30e9
