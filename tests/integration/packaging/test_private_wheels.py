"""A private package's wheel: from its sources alone, the same each time, or why there is none."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from penstock.errors import ConfigError, PenstockError, StageError
from penstock.packaging.environment import build
from penstock.packaging.lock import write_lock
from penstock.packaging.pip import run_pip
from penstock.packaging.sources import check_packages, copy_sources, sources_digest
from penstock.packaging.wheels import build_wheel

PYPROJECT = """\
[build-system]
requires = ["setuptools"]
build-backend = "setuptools.build_meta"
[project]
name = "own"
version = "1.0"
"""


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    pytest.importorskip("setuptools")
    monkeypatch.setenv("PIP_NO_BUILD_ISOLATION", "1")  # setuptools of this environment, no index
    folder = tmp_path / "own"
    (folder / "src" / "own").mkdir(parents=True)
    (folder / "pyproject.toml").write_text(PYPROJECT)
    (folder / "src" / "own" / "__init__.py").write_text("A = 1\n")
    return folder


def names(wheel: Path) -> list[str]:
    with zipfile.ZipFile(wheel) as archive:
        return sorted(name for name in archive.namelist() if "dist-info" not in name)


def files(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*")}


def test_a_deleted_module_is_in_no_wheel_and_nothing_is_written(package: Path) -> None:
    stale = package / "build" / "lib" / "own"
    stale.mkdir(parents=True)
    (stale / "deleted.py").write_text("SECRET = 1\n")
    before = files(package)
    assert names(build_wheel(str(package), package.parent / "out")) == ["own/__init__.py"]
    assert files(package) == before


def test_the_same_sources_give_the_same_wheel(package: Path) -> None:
    first = build_wheel(str(package), package.parent / "one")
    module = package / "src" / "own" / "__init__.py"
    module.chmod(0o600)
    os.utime(module, (10**9, 10**9))
    second = build_wheel(str(package), package.parent / "two")
    assert first.read_bytes() == second.read_bytes()


def git(folder: Path, *arguments: str) -> None:
    subprocess.run(["git", "-C", folder, *arguments], check=True, capture_output=True)


def test_what_git_ignores_is_left_out(package: Path) -> None:
    git(package.parent, "init", "-q")
    (package.parent / ".gitignore").write_text("local.py\n")
    before = sources_digest(package)
    (package / "src" / "own" / "local.py").write_text("PASSWORD = 1\n")
    assert sources_digest(package) == before
    assert "src/own/local.py" not in files(copy_sources(package, package.parent / "copy"))


def test_a_package_that_git_ignores_is_built_whole(package: Path) -> None:
    git(package.parent, "init", "-q")
    (package.parent / ".gitignore").write_text("/own/\n")
    assert "src/own/__init__.py" in files(copy_sources(package, package.parent / "copy"))


@pytest.mark.parametrize(
    "name", ["src/own/.hidden.json", "src/own/build/x.py", "src/own/dist/x.js", "setup.cfg"]
)
def test_what_a_wheel_may_hold_counts(package: Path, name: str) -> None:
    before = sources_digest(package)
    (package / name).parent.mkdir(parents=True, exist_ok=True)
    (package / name).write_text("x = 1\n")
    assert sources_digest(package) != before
    assert name in files(copy_sources(package, package.parent / "copy"))


@pytest.mark.parametrize(
    "name",
    [
        "build/lib/x.py", "dist/x.whl", "src/own.egg-info/SOURCES.txt", ".venv/x.py",
        "src/own/__pycache__/x.pyc", ".DS_Store",
    ],
)  # fmt: skip
def test_what_tools_leave_does_not_count(package: Path, name: str) -> None:
    before = sources_digest(package)
    (package / name).parent.mkdir(parents=True, exist_ok=True)
    (package / name).write_text("x = 1\n")
    assert sources_digest(package) == before
    assert name not in files(copy_sources(package, package.parent / "copy"))


def test_a_link_to_shared_code_is_followed_and_a_loop_ends(package: Path) -> None:
    shared = package.parent / "shared"
    shared.mkdir()
    (shared / "more.py").write_text("B = 1\n")
    (package / "src" / "own" / "shared").symlink_to(shared)
    (package / "src" / "own" / "loop").symlink_to(package / "src")
    copy = copy_sources(package, package.parent / "copy")
    assert not (copy / "src" / "own" / "shared").is_symlink()
    assert (copy / "src" / "own" / "shared" / "more.py").is_file()


def test_the_reason_of_a_build_that_fails_is_shown(package: Path) -> None:
    (package / "setup.py").write_text("raise ValueError('no compiler for hedgehogs')\n")
    with pytest.raises(StageError, match=r"own.*no compiler for hedgehogs"):
        build_wheel(str(package), package.parent / "out")


def test_a_package_that_is_not_there_has_its_own_message(package: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        check_packages([package.parent / "onw", package.parent])
    first, second = caught.value.problems
    assert "there is no such folder" in first.what
    assert "'own'" in (first.hint or "")
    assert "no pyproject.toml" in second.what


@pytest.mark.parametrize("how", ["environment", "file"])
def test_a_users_pip_settings_send_nothing_elsewhere(
    package: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    if how == "environment":
        monkeypatch.setenv("PIP_USER", "1")
        monkeypatch.setenv("PIP_TARGET", str(tmp_path / "elsewhere"))
    else:
        (tmp_path / "pip.conf").write_text(
            f"[global]\nuser = true\n[install]\ntarget = {tmp_path / 'elsewhere'}\n"
        )
        monkeypatch.setenv("PIP_CONFIG_FILE", str(tmp_path / "pip.conf"))
    wheel = build_wheel(str(package), tmp_path / "wheels")
    arguments = ("install", "--no-deps", "--no-index", "--target", str(tmp_path / "own-place"))
    run_pip(*arguments, str(wheel), settings=False)
    assert (tmp_path / "own-place" / "own" / "__init__.py").is_file()
    lock = tmp_path / "requirements.lock"
    write_lock([wheel], lock)
    python = build(lock, tmp_path / "wheels", tmp_path / "cache")
    subprocess.run([python, "-I", "-c", "import own"], check=True)
    assert not (tmp_path / "elsewhere").exists()


def test_a_lock_of_another_python_says_so(tmp_path: Path) -> None:
    (tmp_path / "wheels").mkdir()
    wheel = tmp_path / "wheels" / "own-1.0-cp39-cp39-manylinux_2_17_x86_64.whl"
    wheel.write_bytes(b"")
    lock = tmp_path / "requirements.lock"
    write_lock([wheel], lock)
    with pytest.raises(PenstockError, match="another Python") as caught:
        build(lock, tmp_path / "wheels", tmp_path / "cache")
    assert wheel.name in str(caught.value)
    assert sys.version.split()[0] in str(caught.value)
