"""The cache of a fleet, on a real Redis server."""

from __future__ import annotations

import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from penstock.filters import Pipeline, Record
from penstock.filters.built_in import redis as redis_module

redis = pytest.importorskip("redis")


class Server:
    """A redis-server of our own, which can be killed and started again on its port."""

    def __init__(self, folder: Path, *options: str) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self._command = [
            *("redis-server", "--port", str(self.port), "--bind", "127.0.0.1", "--save", ""),
            *("--appendonly", "no", "--dir", str(folder), *options),
        ]
        self.url = f"redis://127.0.0.1:{self.port}/0"

    def start(self, password: str | None = None) -> None:
        self._process = subprocess.Popen(self._command, stdout=subprocess.DEVNULL)
        client = redis.Redis(port=self.port, password=password)
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            try:
                client.ping()
                return
            except redis.RedisError:
                time.sleep(0.02)
        raise AssertionError("redis-server does not answer")

    def signal(self, number: int) -> None:
        self._process.send_signal(number)

    def stop(self) -> None:
        self._process.kill()
        self._process.wait()


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    if shutil.which("redis-server") is None:
        pytest.skip("no redis-server here: apt-get install redis-server")
    server = Server(tmp_path)
    server.start()
    yield server
    server.stop()


class Model:
    def __init__(self) -> None:
        self.seen: list[str] = []

    def __call__(self, records: list[Record]) -> list[Record]:
        self.seen += [record.text for record in records]
        return [record.scored([0.25, 0.75], ["no", "yes"]) for record in records]


def pipeline(url: str, model: str = "sha256:a", ttl: float = 60.0) -> Pipeline:
    cache = {"filter": "cache", "url": url, "ttl_seconds": ttl, "timeout_seconds": 0.2}
    after = [{"filter": "suppress_below", "threshold": 0.5}]
    return Pipeline.from_dict({"before": [cache], "after": after}).bind(model)


TEXTS = [Record("yes"), Record("no\0 😀"), Record("half \ud83d")]


def test_one_of_a_fleet_answers_what_another_scored(server: Server) -> None:
    model, one, other = Model(), pipeline(server.url), pipeline(server.url)
    first = one.around(TEXTS, model)
    second = other.around(TEXTS, model)
    assert len(model.seen) == 3
    assert [record.status for record in second] == ["cached"] * 3
    assert [r.scores for r in second] == [r.scores for r in first]
    assert [r.text for r in second] == [r.text for r in TEXTS]
    assert other.counters() == {"cache": {"hits": 3, "misses": 0, "failures": 0}}
    # Nothing of a text is kept, neither in a key nor in a value.
    client = redis.Redis(port=server.port)
    keys = client.keys()
    kept = b"".join([*keys, *client.mget(keys)])
    assert b"half" not in kept
    assert len(keys) == 3


def test_another_model_or_pipeline_shares_nothing(server: Server) -> None:
    model = Model()
    for one in (
        pipeline(server.url),
        pipeline(server.url, "sha256:b"),
        pipeline(server.url, ttl=9),
    ):
        one.around(TEXTS[:1], model)
    assert len(model.seen) == 3


def test_an_answer_expires(server: Server) -> None:
    model, one = Model(), pipeline(server.url, ttl=0.05)
    one.around(TEXTS[:1], model)
    time.sleep(0.1)
    assert [record.status for record in one.around(TEXTS[:1], model)] == ["scored"]


def test_a_killed_server_fails_no_request_and_its_return_is_noticed(
    server: Server, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(redis_module, "RETRY", 0.05)
    model, one = Model(), pipeline(server.url)
    one.around(TEXTS, model)
    server.stop()
    for _ in range(3):
        assert [r.status for r in one.around(TEXTS, model)] == ["scored"] * 3
        time.sleep(0.06)
    assert one.counters()["cache"]["failures"] >= 3
    server.start()
    one.around(TEXTS, model)
    assert [r.status for r in one.around(TEXTS, model)] == ["cached"] * 3
    lines = [record.getMessage() for record in caplog.records]
    assert len(lines) == 2
    assert lines[0].startswith("cache redis://127.0.0.1: ConnectionError")
    assert "is back" in lines[1]


def test_a_server_that_hangs_is_waited_for_once(server: Server) -> None:
    model, one = Model(), pipeline(server.url)
    one.around(TEXTS, model)
    server.signal(signal.SIGSTOP)
    try:
        for _ in range(5):
            assert [r.status for r in one.around(TEXTS, model)] == ["scored"] * 3
        assert one.counters()["cache"]["failures"] == 1
    finally:
        server.signal(signal.SIGCONT)


def test_the_password_comes_from_the_environment(
    tmp_path: Path, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    guarded = Server(tmp_path, "--requirepass", "hunter2")
    guarded.start("hunter2")
    try:
        model, locked = Model(), pipeline(guarded.url)
        locked.around(TEXTS, model)
        assert locked.counters()["cache"]["failures"] == 1
        monkeypatch.setenv("PENSTOCK_REDIS_PASSWORD", "hunter2")
        known = pipeline(guarded.url)
        known.around(TEXTS, model)
        assert [r.status for r in known.around(TEXTS, model)] == ["cached"] * 3
    finally:
        guarded.stop()
