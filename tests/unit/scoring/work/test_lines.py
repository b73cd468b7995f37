"""Bodies of any length, a slice at a time: as `contract.decode` reads them whole."""

from __future__ import annotations

import io
import json
from itertools import chain

import pytest

from penstock.scoring import contract
from penstock.scoring.errors import RequestError
from penstock.scoring.work import lines
from penstock.scoring.work.lines import slices

TEXTS = ["42", "None", "", 'a "b", c', "line\nbreak", "é😀\u2028", "x" * 3000]


def json_lines(texts: list[str]) -> bytes:
    return b"\n".join(json.dumps({"text": text, "id": "7"}).encode() for text in texts)


def csv_of(texts: list[str]) -> bytes:
    rows = ["id,text", *('7,"' + text.replace('"', '""') + '"' for text in texts)]
    return "\r\n".join(rows).encode()


BODIES = [(contract.JSON_LINES, json_lines), (contract.CSV, csv_of)]


@pytest.mark.parametrize(("kind", "body"), BODIES)
@pytest.mark.parametrize("size", [1, 2, 3, 1000])
def test_the_records_are_those_of_the_whole(
    kind: str, body: object, size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lines, "SLICE", size)
    content = body(TEXTS)  # type: ignore[operator]
    found = list(slices(io.BytesIO(content), kind))
    assert list(chain(*found)) == contract.decode(content, kind)
    assert [record.text for record in chain(*found)] == TEXTS
    assert max(map(len, found)) <= size


@pytest.mark.parametrize(("kind", "body"), BODIES)
def test_a_slice_is_bounded_in_bytes(
    kind: str, body: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lines, "SLICE_BYTES", 5000)
    found = list(slices(io.BytesIO(body(["y" * 2000] * 20)), kind))  # type: ignore[operator]
    assert sum(map(len, found)) == 20
    assert max(map(len, found)) <= 3


WRONG = [
    (contract.JSON_LINES, b'"a"\n\n{"text":', 400),
    (contract.JSON_LINES, b'"a"\n7\n', 422),
    (contract.JSON_LINES, b'"\xff"', 400),
    (contract.CSV, b"", 422),
    (contract.CSV, b"a,b\n1,2\n", 422),
    (contract.CSV, b"text,b\n1,2\n1\n", 422),
    (contract.CSV, b'text\n"a"b\n', 400),
    (contract.CSV, b"text\n\xff\n", 400),
    (contract.CSV, b"a\nb\nc,d\n", 422),
    (contract.CSV, b"text,text\n1,2\n", 422),
    (f"{contract.CSV}; header=absent", b"a\nb,c\n", 422),
]


@pytest.mark.parametrize("size", [1, 1000])
@pytest.mark.parametrize(("kind", "content", "status"), WRONG)
def test_it_refuses_what_the_whole_is_refused_for(
    kind: str, content: bytes, status: int, size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(RequestError) as whole:
        contract.decode(content, kind)
    monkeypatch.setattr(lines, "SLICE", size)
    with pytest.raises(RequestError) as sliced:
        list(slices(io.BytesIO(content), kind))
    assert sliced.value.status == whole.value.status == status
    assert str(sliced.value) == str(whole.value)


@pytest.mark.parametrize(
    ("kind", "start"), [(contract.JSON_LINES, b'"'), (contract.CSV, b"text\n")]
)
def test_a_line_without_end_is_too_large(kind: str, start: bytes) -> None:
    with pytest.raises(RequestError) as caught:
        list(slices(io.BytesIO(start + b"a" * (contract.MAX_BODY + 1)), kind))
    assert caught.value.status == 413


@pytest.mark.parametrize("kind", [contract.JSON_LINES, contract.CSV])
def test_the_file_stays_open_for_a_second_reading(kind: str) -> None:
    file = io.BytesIO(b"text\nb\n" if kind == contract.CSV else b'"b"\n')
    first = list(slices(file, kind))
    file.seek(0)
    assert list(slices(file, kind)) == first


HEADERS = [
    (contract.CSV, b"a\nb\n"),
    (contract.CSV, "id\ttext\r\n1\t\u00e9\r\n".encode("utf-16")),
    (contract.CSV, b"\xef\xbb\xbfsep=;\nid;text\n1;a, b\n"),
    (f"{contract.CSV}; header=absent", b"text\nb\n"),
    (f"{contract.CSV}; header=absent", b""),
    (f"{contract.CSV}; header=present", b"a\nb\n"),
]


@pytest.mark.parametrize(("kind", "content"), HEADERS)
def test_a_header_is_read_as_in_the_whole(kind: str, content: bytes) -> None:
    assert list(chain(*slices(io.BytesIO(content), kind))) == contract.decode(content, kind)
