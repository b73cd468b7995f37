"""The container's process as SageMaker runs it: started, asked, told to stop."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from penstock.engines.scorer import TextScorer

TEXTS = ["yes please", "42", "None", "", "no no", "call me later", "thanks " * 600, "😀"]


class Process:
    def __init__(self, model_dir: Path, log: Path, **environment: str) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        variables = {
            "PENSTOCK_MODEL_DIR": str(model_dir),
            "PENSTOCK_HOST": "127.0.0.1",
            "SAGEMAKER_BIND_TO_PORT": str(self.port),
            **environment,
        }
        command = [sys.executable, "-m", "penstock.scoring", "serve"]
        with log.open("wb") as file:
            self.child = subprocess.Popen(command, env={**os.environ, **variables}, stderr=file)

    def ask(self, path: str, body: bytes | None = None) -> tuple[int, Any]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request("POST" if body is not None else "GET", path, body)
            response = connection.getresponse()
            return response.status, json.loads(response.read())
        finally:
            connection.close()

    def wait_until_ready(self) -> None:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline and self.child.poll() is None:
            try:
                if self.ask("/ping")[0] == 200:
                    return
            except OSError:
                pass
            time.sleep(0.02)
        raise AssertionError("the server did not become ready")


@pytest.fixture
def process(model_dir: Path, tmp_path: Path) -> Iterator[Process]:
    process = Process(model_dir, tmp_path / "log")
    try:
        process.wait_until_ready()
        yield process
    finally:
        process.child.kill()
        process.child.wait()


def _scores(process: Process, texts: list[str]) -> list[list[float]]:
    status, answer = process.ask("/invocations", json.dumps({"inputs": texts}).encode())
    assert status == 200, answer
    return [list(prediction["scores"].values()) for prediction in answer["predictions"]]


def test_answers_are_those_of_python_and_sigterm_loses_none(
    process: Process, model_dir: Path, tmp_path: Path
) -> None:
    expected = TextScorer.load(model_dir).predict_proba(TEXTS)
    with ThreadPoolExecutor(16) as pool:
        for scores in pool.map(lambda _: _scores(process, TEXTS), range(64)):
            np.testing.assert_allclose(scores, expected, atol=1e-4)
    # Larger than one batch each, so that SIGTERM finds them in flight.
    many = TEXTS * 250
    barrier = threading.Barrier(9)
    with ThreadPoolExecutor(8) as pool:
        futures = [
            pool.submit(lambda: (barrier.wait(), _scores(process, many))[1]) for _ in "x" * 8
        ]
        barrier.wait()
        time.sleep(0.05)
        process.child.send_signal(signal.SIGTERM)
        for future in futures:
            np.testing.assert_allclose(future.result(), np.tile(expected, (250, 1)), atol=1e-4)
    assert process.child.wait(30) == 0
    lines = [json.loads(line) for line in (tmp_path / "log").read_text().splitlines()]
    assert {line["message"] for line in lines} >= {"ready", "request", "draining"}
    assert "yes please" not in (tmp_path / "log").read_text()


def test_a_damaged_model_ends_the_process_with_the_code_of_integrity(
    model_dir: Path, tmp_path: Path
) -> None:
    import shutil

    copy = Path(shutil.copytree(model_dir, tmp_path / "copy"))
    (copy / "engine/model.bin").write_bytes(b"not the weights")
    process = Process(copy, tmp_path / "log")
    assert process.child.wait(60) == 3
    assert "engine/model.bin" in (tmp_path / "log").read_text()


def test_a_port_that_is_taken_is_told(process: Process, model_dir: Path, tmp_path: Path) -> None:
    second = Process(model_dir, tmp_path / "log2", SAGEMAKER_BIND_TO_PORT=str(process.port))
    assert second.child.wait(60) == 2
    assert "SAGEMAKER_BIND_TO_PORT" in (tmp_path / "log2").read_text()
