"""The state of the code: commit, branch, and what the working tree adds to them."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from penstock.artifacts.manifest import sha256_file
from penstock.artifacts.masking import mask_url

__all__ = ["GitState", "NoGit", "diff_bytes", "git_state", "known_files", "run_git"]

TIMEOUT_SECONDS = 60


@dataclass(frozen=True, slots=True)
class GitState:
    """The state of a git working tree.

    Attributes
    ----------
    commit : 40 hex digits, or None; then `reason` says why.
    branch : None on a detached head.
    dirty : whether anything differs from the commit, files unknown to git included and
        ignored ones not. None where there is no commit.
    diff_sha256 : of `diff_bytes`, 64 hex digits; None where the tree is clean.
    remote : URL of ``origin`` with credentials masked, or None.
    reason : why there is no commit, or why `dirty` is not known.
    """

    commit: str | None = None
    branch: str | None = None
    dirty: bool | None = None
    diff_sha256: str | None = None
    remote: str | None = None
    reason: str | None = None

    def gap(self) -> str | None:
        """Return what is not known of the code, and why; None where all is known."""
        if self.commit is None:
            return f"names no commit: {self.reason or 'git named none'}"
        if self.dirty is None:
            what = f"names commit {self.commit}, but not whether files differed from it"
            return f"{what}: {self.reason or 'git did not say'}"
        return None


class NoGit(Exception):
    """Git is not installed, or refuses."""


def git_state(path: Path) -> GitState:
    """Return the state of the working tree that holds `path`; never raises for want of one."""
    try:
        root = _root(path)
    except NoGit as error:
        return GitState(reason=str(error))
    branch = _optional(root, "symbolic-ref", "--quiet", "--short", "HEAD")
    commit = _optional(root, "rev-parse", "--verify", "--quiet", "HEAD^{commit}")
    remote = _optional(root, "remote", "get-url", "origin")
    masked = mask_url(remote) if remote else None
    if commit is None:
        return GitState(branch=branch, remote=masked, reason="the repository has no commit yet")
    try:
        difference = _difference(root)
    except NoGit as error:
        return GitState(commit, branch, remote=masked, reason=str(error))
    digest = hashlib.sha256(difference).hexdigest() if difference else None
    return GitState(commit, branch, bool(difference), digest, masked)


def diff_bytes(path: Path) -> bytes:
    """Return what the working tree adds to its commit; empty where it is clean.

    First the binary diff of tracked files against HEAD, then a line for each untracked file
    that is not ignored, with its SHA-256, so that a change to one changes the whole. Empty
    as well where there is no repository or no commit.
    """
    try:
        root = _root(path)
        return _difference(root) if _has_commit(root) else b""
    except NoGit:
        return b""


def known_files(folder: Path) -> list[str] | None:
    """Return the files below `folder` that git tracks or does not ignore, relative to it.

    None where git cannot say. A submodule is one name.
    """
    try:
        listed = run_git(folder, "ls-files", "--cached", "--others", "--exclude-standard", "-z")
    except NoGit:
        return None
    return sorted({os.fsdecode(name) for name in listed.split(b"\0") if name})


def _difference(root: Path) -> bytes:
    tracked = _tracked(root)
    return tracked + b"".join(_untracked_line(root, name) for name in _untracked(root))


def _tracked(root: Path) -> bytes:
    # `git diff` refreshes the index on disk even with GIT_OPTIONAL_LOCKS=0, so it is given a
    # copy; of the same age, for git reads again what changed in the second of the index.
    index = root / os.fsdecode(run_git(root, "rev-parse", "--git-path", "index")).rstrip("\n")
    try:
        with tempfile.TemporaryDirectory(prefix="penstock-index-") as folder:
            copy = Path(folder) / "index"
            if index.exists():
                shutil.copy2(index, copy)
            return _diff(root, copy)
    except OSError as error:
        raise NoGit(f"the index of git cannot be copied: {error}") from None


def _diff(root: Path, index: Path) -> bytes:
    # Every taste of the user's configuration switched off: the same tree must give the
    # same bytes on every machine.
    return run_git(
        root,
        *("-c", "core.quotePath=true", "-c", "diff.renames=false", "-c", "diff.algorithm=myers"),
        *("-c", "diff.noprefix=false", "-c", "diff.mnemonicPrefix=false"),
        *("-c", "diff.interHunkContext=0", "-c", "diff.indentHeuristic=true"),
        *("diff", "--binary", "--full-index", "--unified=3", "--no-color", "--no-ext-diff"),
        *("--no-textconv", "--no-renames", "--ignore-submodules=none", "--submodule=short"),
        *("HEAD", "--"),
        index=index,
    )


def _untracked(root: Path) -> list[bytes]:
    listed = run_git(root, "ls-files", "--others", "--exclude-standard", "-z")
    return sorted(name for name in listed.split(b"\0") if name)


def _untracked_line(root: Path, name: bytes) -> bytes:
    path = root / os.fsdecode(name)
    # NUL-free and on one line, whatever the name is.
    shown = repr(name)[2:-1].encode("ascii")
    return b"untracked " + _content(path).encode("ascii") + b" " + shown + b"\n"


def _content(path: Path) -> str:
    if path.is_symlink():
        return "link:" + hashlib.sha256(os.fsencode(path.readlink())).hexdigest()
    try:
        return sha256_file(path) if path.is_file() else "folder"
    except OSError:
        return "unreadable"


def _root(path: Path) -> Path:
    folder = path if path.is_dir() else path.parent
    shown = run_git(folder, "rev-parse", "--show-toplevel")
    return Path(os.fsdecode(shown.removesuffix(b"\n")))


def _has_commit(root: Path) -> bool:
    return _optional(root, "rev-parse", "--verify", "--quiet", "HEAD^{commit}") is not None


def _optional(root: Path, *arguments: str) -> str | None:
    try:
        return run_git(root, *arguments).decode("utf-8", "replace").strip() or None
    except NoGit:
        return None


def run_git(folder: Path, *arguments: str, index: Path | None = None) -> bytes:
    """Run git in a folder and return what it printed.

    `index` stands in for the repository's own.

    Raises
    ------
    NoGit : git is not installed, does not answer or refuses; its message says why.
    """
    try:
        done = subprocess.run(  # noqa: S603 - a list of our own arguments, no shell
            ["git", "-C", str(folder), *arguments],  # noqa: S607 - the user's own git
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
            timeout=TIMEOUT_SECONDS,
            env=_environment() | ({"GIT_INDEX_FILE": str(index)} if index else {}),
        )
    except FileNotFoundError:
        raise NoGit("git is not installed") from None
    except (OSError, subprocess.TimeoutExpired) as error:
        raise NoGit(f"git does not answer: {error}") from None
    if done.returncode != 0:
        raise NoGit(_refusal(done.stderr.decode("utf-8", "replace")))
    return done.stdout


def _refusal(said: str) -> str:
    """Return the first line of what git said, and the command that it advises."""
    lines = [line for line in said.splitlines() if line.strip()] or ["git refused"]
    advised = [f"; run `{line.strip()}`" for line in lines if line.startswith("\t")]
    return mask_url("".join([lines[0].strip(), *advised[:1]]))


def _environment() -> dict[str, str]:
    """Return the environment without what would point git at another repository.

    A git hook, for one, runs with GIT_DIR and GIT_INDEX_FILE set.
    """
    kept = {k: v for k, v in os.environ.items() if not k.startswith("GIT_") or _settings(k)}
    # No index refresh is written, and messages are in English.
    return kept | {"GIT_OPTIONAL_LOCKS": "0", "LC_ALL": "C", "GIT_TERMINAL_PROMPT": "0"}


def _settings(name: str) -> bool:
    """Return whether a variable of git's is a setting, or says who commits, and no place."""
    settings = name.startswith("GIT_CONFIG_") and name != "GIT_CONFIG"
    return settings or name.startswith(("GIT_AUTHOR_", "GIT_COMMITTER_"))
