"""The archive and the lock are the same bytes for the same content."""

import hashlib
import tarfile
from pathlib import Path

from penstock.packaging.archive import write_archive
from penstock.packaging.lock import write_lock


def model(folder: Path) -> Path:
    (folder / "classifier").mkdir(parents=True)
    (folder / "engine").mkdir()
    (folder / "classifier" / "model.safetensors").write_bytes(b"weights")
    (folder / "classifier" / "classifier.json").write_text("{}")
    (folder / "engine" / "model.bin").write_bytes(b"graph")
    return folder


def test_an_archive_is_reproducible_and_leaves_training_weights_out(tmp_path: Path) -> None:
    first = write_archive(model(tmp_path / "a"), tmp_path / "a.tar.gz")
    (tmp_path / "later").mkdir()
    second = write_archive(model(tmp_path / "later" / "b"), tmp_path / "b.tar.gz")
    assert first.read_bytes() == second.read_bytes()
    with tarfile.open(first) as archive:
        assert archive.getnames() == ["classifier/classifier.json", "engine/model.bin"]


def test_an_archive_leaves_no_scratch_file(tmp_path: Path) -> None:
    write_archive(model(tmp_path / "a"), tmp_path / "a.tar.gz")
    assert {path.name for path in tmp_path.iterdir()} == {"a", "a.tar.gz"}


def test_a_lock_has_each_wheel_with_its_hash_whatever_the_order(tmp_path: Path) -> None:
    wheels = [tmp_path / "b_pkg-2.0-py3-none-any.whl", tmp_path / "a-1.0-py3-none-any.whl"]
    for wheel in wheels:
        wheel.write_bytes(wheel.name.encode())
    digest = write_lock(wheels, tmp_path / "one.lock")
    assert digest == write_lock(reversed(wheels), tmp_path / "two.lock")
    expected = hashlib.sha256(b"a-1.0-py3-none-any.whl").hexdigest()
    lines = (tmp_path / "one.lock").read_text().splitlines()
    assert lines[0] == f"a==1.0 --hash=sha256:{expected}"
    assert lines[1].startswith("b-pkg==2.0 --hash=sha256:")
