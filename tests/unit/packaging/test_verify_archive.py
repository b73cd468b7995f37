"""An archive is the model that was registered, or it is refused with every difference."""

import tarfile
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import pytest

from penstock.artifacts.manifest import write_manifest
from penstock.errors import IntegrityError
from penstock.packaging.archive import verify_archive, write_archive


def model(folder: Path) -> Path:
    (folder / "classifier").mkdir(parents=True)
    (folder / "classifier" / "model.safetensors").write_bytes(b"weights")
    (folder / "classifier" / "classifier.json").write_text("{}")
    (folder / "pipeline.yaml").write_text("threshold: 0.5")
    (folder / "MLmodel").write_text("flavors: {}")
    return folder


def test_what_was_written_is_what_was_registered(tmp_path: Path) -> None:
    digest = write_manifest(model(tmp_path / "model"))
    verify_archive(write_archive(tmp_path / "model", tmp_path / "model.tar.gz"), digest)


def _changed(folder: Path) -> None:
    (folder / "pipeline.yaml").write_text("threshold: 0.1")


def _changed_with_a_fitting_manifest(folder: Path) -> None:
    _changed(folder)
    write_manifest(folder)


CHANGES: dict[str, tuple[Callable[[Path], object], str]] = {
    "a changed file": (_changed, "pipeline.yaml: is not what the manifest says"),
    "a fitting manifest": (_changed_with_a_fitting_manifest, "the release's is sha256:"),
    "a missing file": (lambda f: (f / "pipeline.yaml").unlink(), "pipeline.yaml: is missing"),
    "one more file": (lambda f: (f / "run.py").write_text("1"), "run.py: is not part of the model"),
    "no manifest": (lambda f: (f / "manifest.json").unlink(), "the release's is sha256:"),
}


@pytest.mark.parametrize("name", CHANGES)
def test_a_change_is_named(name: str, tmp_path: Path) -> None:
    change, says = CHANGES[name]
    digest = write_manifest(model(tmp_path / "model"))
    change(tmp_path / "model")
    archive = write_archive(tmp_path / "model", tmp_path / "model.tar.gz")
    with pytest.raises(IntegrityError) as caught:
        verify_archive(archive, digest)
    assert says in str(caught.value)
    assert "delete it" in str(caught.value)


@pytest.mark.parametrize("odd", ["a link", "twice"])
def test_a_member_that_could_replace_another_is_refused(odd: str, tmp_path: Path) -> None:
    digest = write_manifest(model(tmp_path / "model"))
    archive = tmp_path / "model.tar.gz"
    with tarfile.open(archive, "w:gz") as content:
        for path in sorted((tmp_path / "model").rglob("*")):
            content.add(path, path.relative_to(tmp_path / "model"), recursive=False)
        info = tarfile.TarInfo("pipeline.yaml" if odd == "twice" else "other")
        if odd == "a link":
            info.type, info.linkname = tarfile.SYMTYPE, "pipeline.yaml"
        content.addfile(info, BytesIO())
    with pytest.raises(IntegrityError, match="is no plain file, or comes twice"):
        verify_archive(archive, digest)


@pytest.mark.parametrize("content", [b"", b"no archive", None])
def test_half_an_archive_is_refused(content: bytes | None, tmp_path: Path) -> None:
    digest = write_manifest(model(tmp_path / "model"))
    archive = write_archive(tmp_path / "model", tmp_path / "model.tar.gz")
    whole = archive.read_bytes()
    archive.write_bytes(whole[: len(whole) // 2] if content is None else content)
    with pytest.raises(IntegrityError, match="delete it"):
        verify_archive(archive, digest)
