from __future__ import annotations

import json
from pathlib import Path

import pytest

from penstock.artifacts import manifest
from penstock.artifacts.manifest import (
    MLFLOW_FILES,
    classifier_digest,
    digest,
    read_manifest,
    verify,
    write_manifest,
)
from penstock.errors import IntegrityError, NotFoundError


@pytest.fixture
def model(tmp_path: Path) -> Path:
    for name in ("classifier/classifier.json", "engine/model.bin", "provenance.json"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(name)
    for name in MLFLOW_FILES:
        (tmp_path / name).write_text("mlflow's")
    (tmp_path / "code/__pycache__").mkdir(parents=True)
    (tmp_path / "code/__pycache__/x.pyc").write_text("compiled")
    write_manifest(tmp_path)
    return tmp_path


def test_it_names_everything_but_what_mlflow_writes(model: Path) -> None:
    assert [file.path for file in read_manifest(model)] == [
        "classifier/classifier.json",
        "engine/model.bin",
        "provenance.json",
    ]


def test_the_digest_is_that_of_the_bytes_and_stays(model: Path) -> None:
    first = digest(model)
    (model / "MLmodel").write_text("registered again")
    assert write_manifest(model) == first == digest(model)
    expected = manifest.sha256_file(model / "manifest.json")
    assert first == f"sha256:{expected}"


def test_no_temporary_file_is_left(model: Path) -> None:
    assert not list(model.glob(".manifest*"))


def test_classifier_digest_outlives_wrapping(model: Path) -> None:
    before, whole = classifier_digest(model), digest(model)
    (model / "pipeline.yaml").write_text("format: 1")
    write_manifest(model)
    assert classifier_digest(model) == before
    assert digest(model) != whole
    (model / "engine/model.bin").write_text("other weights")
    write_manifest(model)
    assert classifier_digest(model) != before


def test_verify_reports_all_problems_at_once(model: Path) -> None:
    (model / "classifier/classifier.json").unlink()
    (model / "engine/model.bin").write_text("longer than it was before")
    (model / "provenance.json").write_text("provenance.JSON")
    with pytest.raises(IntegrityError) as caught:
        verify(model)
    assert [problem.where for problem in caught.value.problems] == [
        "classifier/classifier.json",
        "engine/model.bin",
        "provenance.json",
    ]
    assert [word in str(caught.value) for word in ("missing", "bytes", "sha256")] == [True] * 3


def test_verify_only_looks_at_what_is_asked_for(model: Path) -> None:
    (model / "provenance.json").unlink()
    assert [file.path for file in verify(model, only=["engine/"])] == ["engine/model.bin"]
    with pytest.raises(IntegrityError, match=r"pipeline.yaml is not in the manifest"):
        verify(model, only=["engine/", "pipeline.yaml"])


@pytest.mark.parametrize(
    "path", ["../outside", "/etc/passwd", "a/../../b", "", "a//b", "a\\b", "."]
)
def test_paths_that_leave_the_directory_are_refused(model: Path, path: str) -> None:
    entry = {"path": path, "size": 1, "sha256": "0" * 64}
    (model / "manifest.json").write_text(json.dumps({"format": 1, "files": [entry]}))
    with pytest.raises(IntegrityError, match="leaves the directory"):
        verify(model)


@pytest.mark.parametrize("content", ["", "[]", '{"format": 2, "files": []}', '{"format": 1}'])
def test_what_is_no_manifest_is_refused(model: Path, content: str) -> None:
    (model / "manifest.json").write_text(content)
    with pytest.raises(IntegrityError):
        read_manifest(model)


def test_links_are_refused_when_written_and_when_verified(model: Path, tmp_path: Path) -> None:
    outside = tmp_path.parent / "outside"
    outside.mkdir(exist_ok=True)
    (outside / "model.bin").write_text("engine/model.bin")
    (model / "engine/model.bin").unlink()
    (model / "engine").rmdir()
    (model / "engine").symlink_to(outside)
    with pytest.raises(IntegrityError, match="symbolic link"):
        verify(model)
    with pytest.raises(IntegrityError, match="link"):
        write_manifest(model)


def test_no_manifest_is_not_found(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError):
        verify(tmp_path)
    with pytest.raises(NotFoundError):
        write_manifest(tmp_path / "nowhere")
