"""An environment from a lock and its wheels: offline, by hash, once."""

import hashlib
import subprocess
import zipfile
from pathlib import Path

import pytest

from penstock.errors import StageError
from penstock.packaging.environment import build
from penstock.packaging.lock import write_lock


def wheel(folder: Path, name: str, requires: str = "") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}-1.0-py3-none-any.whl"
    metadata = f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n"
    tags = "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    files = {
        f"{name}.py": f"NAME = '{name}'\n",
        f"{name}-1.0.dist-info/METADATA": metadata + requires,
        f"{name}-1.0.dist-info/WHEEL": tags,
    }
    record = "".join(f"{file},,\n" for file in files) + f"{name}-1.0.dist-info/RECORD,,\n"
    with zipfile.ZipFile(path, "w") as archive:
        for file, content in (files | {f"{name}-1.0.dist-info/RECORD": record}).items():
            archive.writestr(file, content)
    return path


def test_it_installs_offline_and_runs(tmp_path: Path) -> None:
    lock = tmp_path / "requirements.lock"
    write_lock([wheel(tmp_path / "wheels", "alpha")], lock)
    python = build(lock, tmp_path / "wheels", tmp_path / "cache")
    done = subprocess.run(
        [python, "-I", "-c", "import alpha; print(alpha.NAME)"], capture_output=True, text=True
    )
    assert done.stdout == "alpha\n", done.stderr


def test_the_same_lock_is_installed_once(tmp_path: Path) -> None:
    lock = tmp_path / "requirements.lock"
    write_lock([wheel(tmp_path / "wheels", "alpha")], lock)
    first = build(lock, tmp_path / "wheels", tmp_path / "cache")
    made = first.parent.parent.stat().st_mtime_ns
    assert build(lock, tmp_path / "nowhere", tmp_path / "cache") == first
    assert first.parent.parent.stat().st_mtime_ns == made


def test_an_install_that_was_cut_off_is_made_anew(tmp_path: Path) -> None:
    lock = tmp_path / "requirements.lock"
    write_lock([wheel(tmp_path / "wheels", "alpha")], lock)
    python = build(lock, tmp_path / "wheels", tmp_path / "cache")
    (python.parent.parent / ".complete").unlink()
    python.unlink()
    assert build(lock, tmp_path / "wheels", tmp_path / "cache").exists()


def test_a_wheel_that_is_not_its_hash_is_refused(tmp_path: Path) -> None:
    lock = tmp_path / "requirements.lock"
    path = wheel(tmp_path / "wheels", "alpha")
    write_lock([path], lock)
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("extra.py", "")
    assert hashlib.sha256(path.read_bytes()).hexdigest() not in lock.read_text()
    with pytest.raises(StageError, match="pip install failed"):
        build(lock, tmp_path / "wheels", tmp_path / "cache")


def test_a_dependency_that_is_not_locked_is_named(tmp_path: Path) -> None:
    lock = tmp_path / "requirements.lock"
    write_lock([wheel(tmp_path / "wheels", "alpha", "Requires-Dist: missing-one\n")], lock)
    with pytest.raises(StageError, match="missing-one"):
        build(lock, tmp_path / "wheels", tmp_path / "cache")
