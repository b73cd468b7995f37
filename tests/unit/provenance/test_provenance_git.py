import os
import subprocess

import pytest

from penstock.provenance.git import diff_bytes, git_state


def git(folder, *arguments):
    identity = ["-c", "user.name=A", "-c", "user.email=a@example.com"]
    subprocess.run(
        ["git", "-C", folder, *identity, *arguments], check=True, capture_output=True, timeout=30
    )


@pytest.fixture
def repo(tmp_path):
    """A repository with one commit of one file, and one ignored pattern."""
    folder = tmp_path / "repo"
    folder.mkdir()
    git(folder, "init", "-q", "-b", "main")
    (folder / "a.txt").write_text("one\n")
    (folder / ".gitignore").write_text("*.log\n")
    git(folder, "add", ".")
    git(folder, "commit", "-qm", "first")
    return folder


def digest(repo):
    return git_state(repo).diff_sha256


def test_clean(repo):
    state = git_state(repo)
    assert len(state.commit) == 40
    assert (state.branch, state.dirty, state.diff_sha256) == ("main", False, None)
    assert (state.remote, state.reason) == (None, None)
    assert diff_bytes(repo) == b""


def test_a_changed_file_makes_it_dirty(repo):
    (repo / "a.txt").write_text("two\n")
    state = git_state(repo)
    assert state.dirty
    assert len(state.diff_sha256) == 64
    assert b"+two" in diff_bytes(repo)


def test_staging_changes_nothing(repo):
    (repo / "a.txt").write_text("two\n")
    before = digest(repo)
    git(repo, "add", ".")
    assert digest(repo) == before


@pytest.mark.parametrize(
    "change",
    [
        lambda repo: (repo / "a.txt").write_text("two\n"),
        lambda repo: (repo / "a.txt").write_bytes(b"\0\xff"),
        lambda repo: (repo / "a.txt").unlink(),
        lambda repo: (repo / "a.txt").chmod(0o755),
        lambda repo: (repo / "new.txt").write_text("x"),
        lambda repo: (repo / "new.txt").symlink_to("a.txt"),
        lambda repo: (repo / "new.txt").symlink_to("nowhere"),
        lambda repo: (repo / "-rf").write_text("x"),
        lambda repo: (repo / "a b\n'\"é").write_text("x"),
        lambda repo: (repo / os.fsdecode(b"\xff\xfe")).write_text("x"),
        lambda repo: (repo / "HEAD").write_text("x"),
        lambda repo: (repo / "deep").mkdir() or (repo / "deep" / "x").write_text("x"),
    ],
)
def test_every_change_is_seen(repo, change):
    change(repo)
    state = git_state(repo)
    assert state.dirty
    assert state.diff_sha256
    assert digest(repo) == state.diff_sha256


def test_the_digest_follows_the_content_of_an_untracked_file(repo):
    seen = {None}
    for text in ("one", "two", "three"):
        (repo / "new.txt").write_text(text)
        seen.add(digest(repo))
    (repo / "new.txt").rename(repo / "other.txt")
    seen.add(digest(repo))
    assert len(seen) == 5


def test_the_content_of_an_untracked_file_is_not_told(repo):
    (repo / "key.txt").write_text("secret")
    assert b"secret" not in diff_bytes(repo)
    assert b"key.txt" in diff_bytes(repo)


def test_ignored_files_do_not_count(repo):
    (repo / "x.log").write_text("x")
    assert git_state(repo).dirty is False


def test_from_a_folder_and_a_file_below(repo):
    (repo / "deep").mkdir()
    (repo / "a.txt").write_text("two\n")
    assert git_state(repo / "deep") == git_state(repo) == git_state(repo / "a.txt")


def test_the_users_taste_in_diffs_does_not_count(repo):
    (repo / "a.txt").write_text("two\n")
    before = digest(repo)
    for key, value in {
        "diff.noprefix": "true",
        "diff.mnemonicPrefix": "true",
        "color.ui": "always",
        "diff.external": "false",
        "diff.context": "9",
        "diff.algorithm": "patience",
        "core.quotePath": "false",
    }.items():
        git(repo, "config", key, value)
    assert digest(repo) == before


def test_a_hooks_environment_does_not_lead_elsewhere(repo, tmp_path, monkeypatch):
    expected = git_state(repo)
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "elsewhere"))
    monkeypatch.setenv("GIT_INDEX_FILE", str(tmp_path / "index"))
    assert git_state(repo) == expected


def test_settings_in_the_environment_count(repo, monkeypatch):
    monkeypatch.setenv("GIT_CONFIG_COUNT", "1")
    monkeypatch.setenv("GIT_CONFIG_KEY_0", "core.excludesFile")
    monkeypatch.setenv("GIT_CONFIG_VALUE_0", str(repo / "ignored"))
    (repo / "ignored").write_text("ignored\nnew.txt\n")
    (repo / "new.txt").write_text("x")
    assert git_state(repo).dirty is False


def test_nothing_is_written_to_the_repository(repo):
    os.utime(repo / "a.txt", (0, 0))  # other times, same bytes: what makes git refresh its index
    before = (repo / ".git" / "index").read_bytes()
    assert not git_state(repo).dirty
    assert (repo / ".git" / "index").read_bytes() == before


def test_a_linked_worktree_has_its_own_index(repo, tmp_path):
    git(repo, "worktree", "add", "-q", tmp_path / "linked")
    assert not git_state(tmp_path / "linked").dirty
    (tmp_path / "linked" / "a.txt").write_text("two\n")
    assert git_state(tmp_path / "linked").dirty
    assert not git_state(repo).dirty


def test_a_clone_without_a_checkout_misses_every_file(repo, tmp_path):
    git(tmp_path, "clone", "-q", "--no-checkout", repo, tmp_path / "bare")
    assert b"-one" in diff_bytes(tmp_path / "bare")


def test_a_detached_head_has_no_branch(repo):
    git(repo, "checkout", "-q", "--detach")
    state = git_state(repo)
    assert state.commit
    assert state.branch is None


def test_no_commit_yet(tmp_path):
    git(tmp_path, "init", "-q", "-b", "main")
    (tmp_path / "a").touch()
    state = git_state(tmp_path)
    assert (state.commit, state.dirty, state.branch) == (None, None, "main")
    assert "no commit yet" in state.reason
    assert diff_bytes(tmp_path) == b""


def test_no_repository(tmp_path, monkeypatch):
    state = git_state(tmp_path)
    assert state.commit is None
    assert "not a git repository" in state.reason
    assert diff_bytes(tmp_path) == b""


def test_no_such_folder(tmp_path):
    assert git_state(tmp_path / "absent" / "deep").reason


def test_no_git(repo, monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert git_state(repo).reason == "git is not installed"
    assert diff_bytes(repo) == b""


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://me:pw@example.com/x.git", "https://***@example.com/x.git"),
        ("git@example.com:me/x.git", "git@example.com:me/x.git"),
    ],
)
def test_the_remote_has_no_password(repo, url, shown):
    git(repo, "remote", "add", "origin", url)
    assert git_state(repo).remote == shown


def test_an_index_that_cannot_be_copied_costs_the_diff_alone(repo, monkeypatch):
    def full(*arguments):
        raise OSError("no space left")

    monkeypatch.setattr("penstock.provenance.git.shutil.copy2", full)
    state = git_state(repo)
    assert (len(state.commit), state.dirty) == (40, None)
    assert "no space left" in state.reason
    assert diff_bytes(repo) == b""
