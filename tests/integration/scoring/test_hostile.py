"""Clients that mean no good. After each the container answers the next one."""

from __future__ import annotations

import json
import socket
import struct
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from container import Container

GOOD = b'POST /invocations HTTP/1.1\r\nHost: x\r\nContent-Length: 18\r\n\r\n{"inputs":["yes"]}'
POST = b"POST /invocations HTTP/1.1\r\nHost: x\r\n"


@pytest.fixture(scope="module")
def hurried(model_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Container]:
    """A container with a deadline that a test can wait for."""
    log = tmp_path_factory.mktemp("hurried") / "log"
    found = Container(model_dir, log, PENSTOCK_DEADLINE_SECONDS="1.5")
    try:
        found.wait_until_ready()
        yield found
    finally:
        found.end()


@pytest.fixture(autouse=True)
def answers_afterwards(hurried: Container) -> Iterator[None]:
    worker = hurried.worker
    yield
    hurried.wait_for(lambda: hurried.ask("/invocations", b'{"inputs": ["yes"]}')[0] == 200, 10)
    assert hurried.ask("/ping")[0] == 200
    assert hurried.worker == worker, "the worker died"
    assert "Traceback" not in hurried.log.read_text()


def talk(container: Container, *pieces: bytes, pause: float = 0.0) -> bytes:
    """Send the pieces and return all that comes until the server closes."""
    with socket.create_connection(("127.0.0.1", container.port), timeout=10) as client:
        for piece in pieces:
            try:
                client.sendall(piece)
            except OSError:
                break  # it has closed already, as it should
            time.sleep(pause)
        return read(client)


def read(client: socket.socket) -> bytes:
    content = b""
    try:
        while piece := client.recv(65536):
            content += piece
    except ConnectionResetError:
        pass  # closed with bytes of ours unread
    return content


def status(answer: bytes) -> int:
    head, _, body = answer.partition(b"\r\n\r\n")
    found = int(head.split()[1])
    if found >= 400:
        assert set(json.loads(body)) == {"error", "request_id"}
        # The rest of a body that is too large is waited for a while.
        assert b"connection: close" in head or found == 413
    return found


REFUSED = [
    (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 400),  # TLS
    (b"hello\r\n\r\n", 400),
    (b"GET / HTTP/9.9\r\n\r\n", 400),
    (b"GET /\xff\xfe HTTP/1.1\r\nHost: x\r\n\r\n", 400),
    (POST + b"Content-Length: x\r\n\r\n", 400),
    (POST + b"Content-Length: -1\r\n\r\n", 400),
    (POST + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\nab", 400),
    (POST + b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
    (POST + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n", 400),
    (POST + b"X: a\x00b\r\n\r\n", 400),
    (POST + b"X: " + b"a" * 70_000 + b"\r\n\r\n", 431),
    (POST + b"".join(b"X-%d: a\r\n" % n for n in range(10_000)) + b"\r\n", 431),
    (b"GET /" + b"a" * 70_000 + b" HTTP/1.1\r\n\r\n", 431),
    (POST + b"Content-Length: 7000000\r\n\r\n{", 413),
    (POST + b"Transfer-Encoding: chunked\r\n\r\n" + b"100000\r\n" + b" " * 0x100000 + b"\r\n", 408),
    (POST + b"Content-Length: 100\r\n\r\n{", 408),
]


@pytest.mark.parametrize(("request_", "expected"), REFUSED)
def test_it_refuses_and_closes(hurried: Container, request_: bytes, expected: int) -> None:
    assert status(talk(hurried, request_)) == expected


def test_a_body_without_end_is_cut_off(hurried: Container) -> None:
    chunk = b"100000\r\n" + b" " * 0x100000 + b"\r\n"
    answer = talk(hurried, POST + b"Transfer-Encoding: chunked\r\n\r\n", *[chunk] * 7)
    assert not answer or status(answer) == 413


@pytest.mark.parametrize(
    "pieces",
    [
        [b""],
        [b"POST /invoc"],
        [POST, *[b"X-%d: a\r\n" % n for n in range(50)]],
        [POST + b"Content-Length: 99\r\n\r\n", *[b" "] * 50],
    ],
    ids=["nothing", "a piece", "headers by drops", "a body by drops"],
)
def test_a_client_that_dawdles_is_not_waited_for(hurried: Container, pieces: list[bytes]) -> None:
    started = time.monotonic()
    answer = talk(hurried, *pieces, pause=0.05)
    assert not answer or status(answer) == 408
    assert time.monotonic() - started < 8


def test_deep_json_is_malformed(hurried: Container) -> None:
    body = b'{"inputs":' + b"[" * 500_000 + b"]" * 500_000 + b"}"
    answer, content = hurried.ask("/invocations", body)
    assert (answer, content["error"]["code"]) == (400, "malformed_body")


def test_requests_in_one_piece_are_answered_in_order(hurried: Container) -> None:
    bodies = [b'{"inputs":["%s"]}' % word for word in (b"yes", b"no!", b"???")]
    ids = [b"id-1", b"id-2", b"id-3"]
    requests = [
        POST
        + b"X-Request-Id: %s\r\nContent-Length: %d\r\n" % (id_, len(body))
        + (b"Connection: close\r\n" if id_ == b"id-3" else b"")
        + b"\r\n"
        + body
        for id_, body in zip(ids, bodies, strict=True)
    ]
    answer = talk(hurried, b"".join(requests))
    assert answer.count(b"HTTP/1.1 200") == 3
    assert [answer.index(b"x-request-id: " + id_) for id_ in ids] == sorted(
        answer.index(b"x-request-id: " + id_) for id_ in ids
    )


def test_clients_that_vanish_cost_nothing(hurried: Container) -> None:
    for _ in range(50):
        client = socket.create_connection(("127.0.0.1", hurried.port), timeout=10)
        client.sendall(GOOD)
        # Close with a reset, without reading the answer.
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        client.close()
    hurried.wait_for(lambda: hurried.metric("penstock_requests_in_progress") == 0, 5)
    assert hurried.metric("penstock_body_bytes") == 0


def test_a_half_closed_connection_does_not_hang(hurried: Container) -> None:
    with socket.create_connection(("127.0.0.1", hurried.port), timeout=10) as client:
        client.sendall(GOOD)
        client.shutdown(socket.SHUT_WR)
        read(client)


def test_a_crowd_that_says_nothing_keeps_nobody_out(hurried: Container) -> None:
    crowd = [socket.create_connection(("127.0.0.1", hurried.port)) for _ in range(300)]
    try:
        started = time.monotonic()
        assert hurried.ask("/invocations", b'{"inputs": ["yes"]}')[0] == 200
        assert time.monotonic() - started < 5
    finally:
        for client in crowd:
            client.close()


def test_100_continue(hurried: Container) -> None:
    head = POST + b"Expect: 100-continue\r\nConnection: close\r\nContent-Length: 18\r\n\r\n"
    answer = talk(hurried, head, GOOD.partition(b"\r\n\r\n")[2], pause=0.1)
    assert answer.startswith(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200")
