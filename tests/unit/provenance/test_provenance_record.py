import json
import re
from dataclasses import asdict, replace

import pytest

from penstock.errors import IntegrityError, NotFoundError
from penstock.provenance.environment import environment_lock, environment_sha256
from penstock.provenance.git import GitState, git_state
from penstock.provenance.record import Provenance, collect

RECORD = Provenance(
    commit="c" * 40,
    dirty=True,
    diff_sha256="d" * 64,
    run_id="run",
    dataset={"reference": "dataset:replies@3", "digest": "sha256:" + "e" * 64},
    environment_sha256="f" * 64,
    penstock="0.1.0",
    python="3.11.7",
    created="2026-01-01T00:00:00+00:00",
    parents=[{"form": "trained", "name": "intent-trained", "version": "1", "digest": "sha256:0"}],
    metrics={"accuracy": 0.5},
)
# As the architecture's contract has it.
KEYS = {
    *("format", "commit", "dirty", "diff_sha256", "run_id", "dataset", "environment_sha256"),
    *("penstock", "python", "created", "parents", "metrics", "git_reason"),
}


def test_what_is_not_known_of_the_code_is_said_with_its_reason():
    assert RECORD.gap() is None
    refused = replace(RECORD, dirty=None, git_reason="fatal: bad index")
    assert "not whether files differed from it: fatal: bad index" in refused.gap()
    assert replace(RECORD, commit=None).gap() == "names no commit: git named none"


def test_survives_json():
    assert Provenance.from_json(RECORD.to_json()) == RECORD


def test_has_exactly_the_fields_of_the_contract():
    assert set(json.loads(RECORD.to_json())) == KEYS == set(asdict(RECORD))
    assert json.loads(RECORD.to_json())["format"] == 1


def test_what_is_not_known_is_null():
    bare = replace(RECORD, commit=None, dirty=None, diff_sha256=None)
    assert Provenance.from_json(bare.to_json()) == bare


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"format": 2}, "format 2 is unknown"),
        ({"format": 0}, "format 0 is unknown"),
        ({"format": "1"}, "is no provenance record"),
        ({"run_id": 7}, "is no provenance record"),
        ({"dataset": None}, "is no provenance record"),
    ],
)
def test_refuses_another_format(change, says):
    content = json.dumps(json.loads(RECORD.to_json()) | change).encode()
    with pytest.raises(IntegrityError, match=says):
        Provenance.from_json(content)


@pytest.mark.parametrize("content", [b"", b"[]", b"{}", b"\xff"])
def test_refuses_what_is_no_record(content):
    with pytest.raises(IntegrityError, match="is no provenance record"):
        Provenance.from_json(content)


def test_a_later_key_does_not_hurt():
    content = json.dumps(json.loads(RECORD.to_json()) | {"later": 1}).encode()
    assert Provenance.from_json(content) == RECORD


def test_writes_to_a_folder_or_a_file(tmp_path):
    RECORD.write(tmp_path)
    RECORD.write(tmp_path / "other.json")
    assert Provenance.read(tmp_path) == Provenance.read(tmp_path / "other.json") == RECORD
    assert {p.name for p in tmp_path.iterdir()} == {"provenance.json", "other.json"}


def test_a_failed_write_leaves_the_old_one(tmp_path, monkeypatch):
    RECORD.write(tmp_path)
    with pytest.raises(TypeError):
        replace(RECORD, metrics={"x": object()}).write(tmp_path)
    assert Provenance.read(tmp_path) == RECORD
    assert len(list(tmp_path.iterdir())) == 1


def test_reading_what_is_not_there(tmp_path):
    with pytest.raises(NotFoundError, match="there is no provenance"):
        Provenance.read(tmp_path)


def test_collect_outside_a_repository(tmp_path):
    dataset = {"reference": "dataset:x@1", "digest": "sha256:0"}
    record = collect(git_state(tmp_path), "run", dataset, metrics={"a": 1.0})
    assert (record.commit, record.dirty, record.parents) == (None, None, [])
    assert "not a git repository" in record.git_reason
    assert record.gap() == f"names no commit: {record.git_reason}"
    assert record.metrics == {"a": 1.0}
    assert record.environment_sha256 == environment_sha256()
    assert Provenance.from_json(record.to_json()) == record


def test_no_credentials_are_kept(tmp_path):
    dataset = {"reference": "https://me:pw@host/x", "digest": "sha256:0"}
    assert b"pw" not in collect(GitState(), "run", dataset).to_json()
    assert b"pw" not in replace(RECORD, dataset=dataset).to_json()


def test_the_environment():
    lock = environment_lock()
    assert lock["distributions"] == sorted(set(lock["distributions"]))
    names = [item.partition("==")[0] for item in lock["distributions"]]
    assert len(names) == len(set(names))
    assert {"penstock", "msgspec"} <= set(names)
    assert all(re.fullmatch(r"[a-z0-9-]+==\S+", item) for item in lock["distributions"])
    assert lock["python"] and lock["platform"]


def test_the_environments_digest_follows_it(monkeypatch):
    before = environment_sha256()
    assert environment_sha256() == before
    monkeypatch.setattr("penstock.provenance.environment.platform.python_version", lambda: "9")
    assert environment_sha256() != before
