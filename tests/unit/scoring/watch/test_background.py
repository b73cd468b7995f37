"""What no request waits for."""

from __future__ import annotations

import json
import logging
import threading

import pytest

from penstock.scoring.request import Request
from penstock.scoring.watch.access import PATH_LENGTH, AccessLog
from penstock.scoring.watch.background import Background


def test_what_finds_no_room_is_refused_and_the_rest_is_done_in_order() -> None:
    gate, done = threading.Event(), list[int]()

    def work(item: int) -> None:
        gate.wait(5)
        done.append(item)

    background = Background(work, 10, "test")
    assert background.put(1, 4)
    while background._size:
        pass
    assert [background.put(n, 4) for n in (2, 3, 4)] == [True, True, False]
    gate.set()
    background.close(5)
    assert done == [1, 2, 3]
    assert not background.put(5, 1)


def test_a_failure_is_told_once_and_the_next_item_is_tried(
    caplog: pytest.LogCaptureFixture,
) -> None:
    done: list[int] = []

    def work(item: int) -> None:
        if item < 3:
            raise OSError("no space left")
        done.append(item)

    background = Background(work, 10, "capture")
    with caplog.at_level(logging.WARNING):
        for item in range(4):
            background.put(item, 1)
        background.close(5)
    assert done == [3]
    assert [record.message for record in caplog.records] == ["capture failed"]


def request(path: str, method: str = "GET") -> Request:
    async def receive() -> dict[str, object]:
        raise AssertionError

    return Request(method, path, {}, "id-1", receive, records=2)


def lines(*requests: Request) -> list[bytes]:
    written: list[bytes] = []
    log = AccessLog(write=written.append)
    for each in requests:
        log.note(each, 200, 0.0123)
    log.close()
    return b"".join(written).splitlines()


def test_a_line_tells_what_is_needed() -> None:
    (line,) = lines(request("/invocations", "POST"))
    found = json.loads(line)
    assert found.pop("time").endswith("Z")
    assert found == {
        "level": "info",
        "logger": "penstock.scoring",
        "message": "request",
        "method": "POST",
        "path": "/invocations",
        "request_id": "id-1",
        "status": 200,
        "ms": 12.3,
        "records": 2,
    }


@pytest.mark.parametrize("text", ["\n\r\t", "\x1b[31m", "\x7f", "\u2028é😀", '"}\n{"', "a" * 9999])
def test_nothing_of_a_client_reaches_the_log_unescaped(text: str) -> None:
    found = lines(request("/" + text, "M" + text), request("/next"))
    assert [json.loads(line)["path"] for line in found] == [("/" + text)[:PATH_LENGTH], "/next"]
    assert all(32 <= byte < 127 for line in found for byte in line)
    assert all(len(line) < 16 * PATH_LENGTH for line in found)


def test_lines_without_room_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("penstock.scoring.watch.access.ROOM", 10)
    dropped: list[int] = []
    log = AccessLog(dropped.append, lambda content: None)
    for _ in range(3):
        log.note(request("/"), 200, 0.0)
    log.close()
    assert dropped == [3]
