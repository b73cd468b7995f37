import json

import pytest

from penstock.artifacts.manifest import File
from penstock.artifacts.record import Consumed, Record, content_digest, is_safe_path
from penstock.artifacts.reference import Reference
from penstock.errors import InputError, IntegrityError

ONE = Reference("dataset", "replies", version=1)
A = File("a.csv", 1, "a" * 64)
B = File("b/c.csv", 2, "b" * 64)


def record(**changes):
    made = Record.new(
        ONE,
        [B, A],
        producer={"stage": "publish", "commit": "c" * 40},
        consumed=[Consumed("report:x@1", "sha256:" + "d" * 64)],
        metadata={"rows": 3, "text": "42"},
    )
    return made.to_dict() | changes


def test_survives_json():
    made = Record.new(ONE, [B, A], producer={"run_id": "r"}, metadata={"n": [1, None, "x"]})
    assert Record.from_json(made.to_json(), ONE, "here") == made


def test_files_are_sorted_and_the_digest_does_not_depend_on_their_order():
    assert Record.new(ONE, [B, A]).files == (A, B)
    assert content_digest([A, B]) == content_digest([B, A])


def test_the_digest_is_pinned():
    """Old records must stay readable: this value may never change within format 1."""
    assert content_digest([A, B]) == (
        "sha256:3b22ce18bc4cb0071fc86fb5c0c8b5c4b575f82b0d3febf7c94e885e5ecad353"
    )


@pytest.mark.parametrize(
    "other", [File("a.txt", 1, "a" * 64), File("a.csv", 2, "a" * 64), File("a.csv", 1, "b" * 64)]
)
def test_the_digest_sees_path_size_and_content(other):
    assert content_digest([A]) != content_digest([other])


def test_a_record_of_format_1_is_still_read():
    old = {
        "format": 1,
        "kind": "dataset",
        "name": "replies",
        "version": 1,
        "digest": content_digest([A]),
        "files": [{"path": "a.csv", "size": 1, "sha256": "a" * 64}],
        "producer": {"commit": None, "stage": "publish"},
        "consumed": [{"reference": "dataset:raw@2", "digest": "sha256:0"}],
        "metadata": {},
        "created": "2026-01-01T00:00:00+00:00",
        "id": "x",
        "a_later_key": True,
    }
    read = Record.from_json(json.dumps(old).encode(), ONE, "here")
    assert read.files == (A,)
    assert str(read.consumed[0]) == "dataset:raw@2 sha256:0"


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"format": 2}, "upgrade penstock"),
        ({"version": 2}, "record of dataset:replies@2"),
        ({"kind": "report"}, "record of report:replies@1"),
        ({"name": "other"}, "record of dataset:other@1"),
        ({"digest": "sha256:" + "0" * 64}, "the record says"),
        ({"files": []}, "the record says"),
        ({"files": "x"}, "is not an artifact's record"),
        ({"files": [{"path": "../x", "size": 1, "sha256": "a" * 64}]}, "leaves the folder"),
        ({"files": [{"path": "/x", "size": 1, "sha256": "a" * 64}]}, "leaves the folder"),
        ({"files": [{"path": "x", "size": 1, "sha256": "../../x"}]}, "is no SHA-256"),
        ({"files": [{"path": "x", "size": 1, "sha256": "A" * 64}]}, "is no SHA-256"),
        ({"files": [{"path": "x", "size": 1, "sha256": "a" * 64}] * 2}, "comes twice"),
    ],
)
def test_refuses_a_record_that_is_not_whole(changes, says):
    content = json.dumps(record(**changes)).encode()
    with pytest.raises(IntegrityError, match=says) as caught:
        Record.from_json(content, ONE, "store/1.json")
    assert "store/1.json" in str(caught.value)


@pytest.mark.parametrize("content", [b"", b"{}", b"[]", b"\xff", b'{"format": 1'])
def test_refuses_what_is_no_record(content):
    with pytest.raises(IntegrityError, match="is not an artifact's record"):
        Record.from_json(content, ONE, "here")


def test_an_unknown_producer_key_gets_a_hint():
    with pytest.raises(InputError, match="did you mean 'commit'"):
        Record.new(ONE, [A], producer={"comit": "x"})


def test_metadata_must_be_json():
    with pytest.raises(InputError, match="metadata"):
        Record.new(ONE, [A], metadata={"x": object()}).to_json()


def test_no_credentials_are_kept():
    made = Record.new(ONE, [A], metadata={"from": ["https://me:pw@host/x"]})
    assert b"pw" not in made.to_json()


@pytest.mark.parametrize("path", ["a", "a/b.c", "a/..b", "-", "a b", "é"])
def test_safe_paths(path):
    assert is_safe_path(path)


@pytest.mark.parametrize(
    "path", ["", ".", "..", "/a", "a/../b", "a//b", "./a", "a/", "a\\b", "a\0"]
)
def test_unsafe_paths(path):
    assert not is_safe_path(path)
