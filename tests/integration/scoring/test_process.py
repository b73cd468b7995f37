"""The container's processes as SageMaker runs them: started, killed, told to stop."""

from __future__ import annotations

import http.client
import json
import os
import shutil
import signal
import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from container import Container

from penstock.engines.scorer import TextScorer

TEXTS = ["yes please", "42", "None", "", "no no", "call me later", "thanks " * 600, "😀"]


@pytest.fixture
def mortal(model_dir: Path, tmp_path: Path) -> Iterator[Container]:
    container = Container(model_dir, tmp_path / "log")
    try:
        container.wait_until_ready()
        yield container
    finally:
        container.end()


def _scores(container: Container, texts: list[str]) -> list[list[float]]:
    status, answer = container.ask("/invocations", json.dumps({"inputs": texts}).encode())
    assert status == 200, answer
    return [list(prediction["scores"].values()) for prediction in answer["predictions"]]


def test_sigterm_loses_none_of_the_large_requests_in_flight(
    mortal: Container, model_dir: Path
) -> None:
    expected = TextScorer.load(model_dir).predict_proba(TEXTS)
    # Larger than one batch each, so that SIGTERM finds them in flight.
    many = TEXTS * 250
    barrier = threading.Barrier(9)
    with ThreadPoolExecutor(8) as pool:
        futures = [pool.submit(lambda: (barrier.wait(), _scores(mortal, many))[1]) for _ in "x" * 8]
        barrier.wait()
        time.sleep(0.05)
        mortal.child.send_signal(signal.SIGTERM)
        for future in futures:
            np.testing.assert_allclose(future.result(), np.tile(expected, (250, 1)), atol=1e-4)
    assert mortal.child.wait(30) == 0
    lines = [json.loads(line) for line in mortal.log.read_text().splitlines()]
    assert {line["message"] for line in lines} >= {"ready", "request", "draining"}
    assert "yes please" not in mortal.log.read_text()


def test_sigterm_loses_none_of_the_small_requests_of_busy_clients(mortal: Container) -> None:
    """Those that keep their connection, and those that open new ones until none is taken."""
    answers: list[int] = []
    draining = threading.Event()

    def client() -> None:
        while True:
            connection = mortal.connect()
            try:
                closing = _ask_once(connection, answers)
            except OSError:
                # A connection that came when the server listened no more: it was not taken.
                assert draining.is_set()
                return
            while not closing:
                closing = _ask_once(connection, answers)  # raises if an answer is lost
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        clients = [pool.submit(client) for _ in range(8)]
        while len(answers) < 200:
            time.sleep(0.01)
        draining.set()
        mortal.child.send_signal(signal.SIGTERM)
        for each in clients:
            each.result(30)
    assert mortal.child.wait(30) == 0
    assert set(answers) == {200}


def _ask_once(connection: http.client.HTTPConnection, answers: list[int]) -> bool:
    connection.request("POST", "/invocations", b'{"inputs": ["yes"]}')
    response = connection.getresponse()
    response.read()
    answers.append(response.status)
    return response.getheader("connection") == "close"


def test_a_worker_that_is_killed_is_replaced_and_nobody_goes_without_an_answer(
    mortal: Container,
) -> None:
    worker = mortal.worker
    outcomes: list[int] = []
    stop = threading.Event()
    body = json.dumps({"inputs": ["yes please " * 50] * 200}).encode()

    def client() -> None:
        connection = mortal.connect()
        while not stop.is_set():
            connection.request("POST", "/invocations", body)
            response = connection.getresponse()
            answer = json.loads(response.read())
            assert response.status == 200 or answer["error"]["code"] == "busy"
            outcomes.append(response.status)
        connection.close()

    with ThreadPoolExecutor(8) as pool:
        clients = [pool.submit(client) for _ in range(8)]
        while len(outcomes) < 40:
            time.sleep(0.01)
        os.kill(worker, signal.SIGKILL)
        mortal.wait_for(lambda: mortal.metric("penstock_worker_deaths_total") == 1)
        mortal.wait_until_ready()
        stop.set()
        for each in clients:
            each.result(30)  # a connection that was refused or closed would raise
    assert set(outcomes) == {200, 503}
    assert mortal.worker != worker
    assert mortal.ask("/invocations", b'{"inputs": ["yes"]}')[0] == 200
    died = [json.loads(line) for line in mortal.log.read_text().splitlines() if "died" in line]
    assert 1 <= died[0]["refused"] <= 8
    assert mortal.metric("penstock_worker_refusals_total") == died[0]["refused"]


def test_an_idle_connection_of_a_killed_worker_ends_without_a_word(mortal: Container) -> None:
    connection = mortal.connect()
    _ask_once(connection, [])
    time.sleep(0.1)  # it is told of an answer right after that has left
    os.kill(mortal.worker, signal.SIGKILL)
    assert connection.sock is not None
    assert connection.sock.recv(1) == b""


def test_a_body_on_its_way_into_a_killed_worker_is_answered(mortal: Container) -> None:
    with socket.create_connection(("127.0.0.1", mortal.port), timeout=10) as client:
        head = b"POST /invocations HTTP/1.1\r\nhost: x\r\ncontent-length: 1000\r\n\r\n"
        client.sendall(head + b'{"inputs"')
        mortal.wait_for(lambda: mortal.metric("penstock_requests_in_progress") >= 1)
        os.kill(mortal.worker, signal.SIGKILL)
        answer = client.makefile("rb").read()
    assert answer.startswith(b"HTTP/1.1 503 Service Unavailable\r\n")
    assert b"retry-after: 1\r\n" in answer
    assert json.loads(answer.partition(b"\r\n\r\n")[2])["error"]["code"] == "busy"


def test_a_connection_is_accepted_within_250_ms_while_others_keep_it_busy(
    mortal: Container,
) -> None:
    body = json.dumps({"inputs": TEXTS * 250}).encode()
    waits = []
    with ThreadPoolExecutor(8) as pool:
        busy = [pool.submit(mortal.ask, "/invocations", body) for _ in range(8)]
        while not all(each.done() for each in busy):
            began = time.monotonic()
            socket.create_connection(("127.0.0.1", mortal.port), timeout=10).close()
            waits.append(time.monotonic() - began)
            assert mortal.ask("/ping")[0] == 200
    assert {each.result()[0] for each in busy} == {200}
    assert len(waits) > 1
    assert sorted(waits)[len(waits) * 9 // 10] < 0.25  # this process has to wait for a core too


def test_an_answer_that_had_begun_just_ends(mortal: Container) -> None:
    lines = b'"yes please"\n' * 50_000
    head = (
        b"POST /invocations HTTP/1.1\r\nhost: x\r\naccept: application/jsonlines\r\n"
        b"content-type: application/jsonlines\r\ncontent-length: %d\r\n\r\n" % len(lines)
    )
    with socket.create_connection(("127.0.0.1", mortal.port), timeout=20) as client:
        client.sendall(head + lines)
        answer = client.recv(10)
        os.kill(mortal.worker, signal.SIGKILL)
        while piece := client.recv(2**20):
            answer += piece
    assert answer.startswith(b"HTTP/1.1 200 OK")
    assert b"503" not in answer[:20] + answer[-500:]
    assert not answer.endswith(b"0\r\n\r\n")


def test_the_parent_lets_connections_go(mortal: Container) -> None:
    held = Path(f"/proc/{mortal.child.pid}/fd")
    for _ in range(5):
        connections = [mortal.connect() for _ in range(40)]
        for connection in connections:
            _ask_once(connection, [])
        assert len(list(held.iterdir())) > 40
        for connection in connections:
            connection.close()
        mortal.wait_for(lambda: len(list(held.iterdir())) < 20, 10)


def test_no_worker_outlives_its_parent(mortal: Container) -> None:
    mortal.end()
    deadline = time.monotonic() + 10
    refused = False
    while not refused and time.monotonic() < deadline:
        try:
            mortal.ask("/ping")
        except ConnectionRefusedError:
            refused = True
        except OSError:
            pass  # the connection came into a queue that ends
    assert refused


def test_a_damaged_model_ends_the_container_with_the_code_of_integrity(
    model_dir: Path, tmp_path: Path
) -> None:
    copy = Path(shutil.copytree(model_dir, tmp_path / "copy"))
    (copy / "engine/model.bin").write_bytes(b"not the weights")
    container = Container(copy, tmp_path / "log")
    assert container.child.wait(60) == 3
    assert "engine/model.bin" in container.log.read_text()


def test_a_port_that_is_taken_is_told(
    container: Container, model_dir: Path, tmp_path: Path
) -> None:
    port = str(container.port)
    second = Container(model_dir, tmp_path / "log2", SAGEMAKER_BIND_TO_PORT=port)
    assert second.child.wait(60) == 2
    assert "SAGEMAKER_BIND_TO_PORT" in second.log.read_text()
