"""A new project's repository: none inside another, a first commit by whoever git knows."""

import os
import shlex
import subprocess

import pytest

from penstock.provenance.git import git_state, run_git
from penstock.provenance.repository import start


@pytest.fixture(autouse=True)
def config(tmp_path, monkeypatch):
    """A user's own configuration of git, which names nobody yet."""
    for name in [name for name in os.environ if name.startswith("GIT_") or name == "EMAIL"]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "gitconfig"))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    return tmp_path / "gitconfig"


@pytest.fixture
def known(config):
    config.write_text("[user]\nname = Ada\nemail = ada@example.com\n")


@pytest.fixture
def outer(tmp_path, known):
    """Somebody's repository with one commit."""
    folder = tmp_path / "outer"
    folder.mkdir()
    (folder / ".gitignore").write_text("demo/\n")
    run_git(folder, "init", "--quiet", "--initial-branch", "main")
    run_git(folder, "add", ".")
    run_git(folder, "commit", "--quiet", "--message", "theirs")
    return folder


def new(folder):
    folder.mkdir(parents=True)
    (folder / "penstock.yaml").write_text("schema: 1\n")
    return folder


def author(folder):
    return run_git(folder, "log", "--format=%an <%ae> %s").decode().strip()


def test_the_first_commit_is_the_users(tmp_path, known):
    folder = new(tmp_path / "project")
    made = start(folder, folder)
    assert (made.own, made.note) == (True, None)
    state = git_state(folder)
    assert (state.commit, state.dirty) == (made.commit, False)
    assert author(folder) == "Ada <ada@example.com> A new project"


def test_an_identity_of_the_environment_is_the_users(tmp_path, monkeypatch):
    for role in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{role}_NAME", "Bob")
        monkeypatch.setenv(f"GIT_{role}_EMAIL", "bob@example.com")
    folder = new(tmp_path / "project")
    assert start(folder, folder).commit
    assert author(folder).startswith("Bob <bob@example.com>")


def test_nobody_is_guessed_and_the_advice_works(tmp_path):
    folder = new(tmp_path / "a project")
    made = start(folder, folder)
    assert (made.own, made.commit) == (True, None)
    assert "does not know your name" in made.note
    subprocess.run(["sh", "-ec", made.note.partition(": ")[2]], check=True, timeout=30)
    assert git_state(folder).dirty is False


def test_none_inside_another_and_the_advice_works(outer):
    folder = new(outer / "tickets")
    made = start(folder, folder)
    assert (made.own, made.commit) == (False, None)
    assert str(outer) in made.note
    assert not (folder / ".git").exists()
    subprocess.run(["sh", "-ec", made.note.partition(": ")[2]], check=True, timeout=30)
    assert git_state(outer).dirty is False
    assert b"tickets/penstock.yaml" in run_git(outer, "ls-files")


def test_an_ignored_folder_has_its_own(outer):
    folder = new(outer / "demo")
    assert start(folder, folder).commit == git_state(folder).commit
    assert git_state(outer).dirty is False


def test_a_repository_that_git_refuses_is_one(outer):
    (outer / ".git" / "config").write_text("[core]\nrepositoryformatversion = 99\n")
    folder = new(outer / "tickets")
    made = start(folder, folder)
    assert not made.own
    assert "99" in made.note
    assert not (folder / ".git").exists()


def test_a_hook_that_refuses_is_quoted(tmp_path, config, known):
    hooks = tmp_path / "hooks"
    hooks.mkdir()
    (hooks / "pre-commit").write_text("#!/bin/sh\necho 'policy: sign first' >&2\nexit 1\n")
    (hooks / "pre-commit").chmod(0o755)
    config.write_text(f"{config.read_text()}[core]\nhooksPath = {shlex.quote(str(hooks))}\n")
    folder = new(tmp_path / "project")
    made = start(folder, folder)
    assert made.own and made.commit is None
    assert "policy: sign first" in made.note


def test_no_git(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    folder = new(tmp_path / "project")
    made = start(folder, folder)
    assert not made.own
    assert "git is not installed" in made.note


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root may chown")
def test_a_repository_of_another_user_is_refused_until_it_is_safe(outer, config, monkeypatch):
    for path in (outer, outer / ".git"):
        os.chown(path, 12345, 12345)
    state = git_state(outer)
    assert state.commit is None
    assert "dubious ownership" in state.reason
    assert f"git config --global --add safe.directory {outer}" in state.reason
    monkeypatch.setenv("GIT_CONFIG_COUNT", "1")
    monkeypatch.setenv("GIT_CONFIG_KEY_0", "safe.directory")
    monkeypatch.setenv("GIT_CONFIG_VALUE_0", str(outer))
    assert git_state(outer).commit
