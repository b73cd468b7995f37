"""The git repository of a new project, with its first commit."""

from __future__ import annotations

import os
import shlex
from dataclasses import dataclass
from pathlib import Path

from penstock.provenance.git import NoGit, run_git

__all__ = ["Repository", "first_commit", "start"]

MESSAGE = "A new project"
# Git guesses an address from the name of the machine; that is nobody's identity.
NO_GUESS = ("-c", "user.useConfigOnly=true")


@dataclass(frozen=True, slots=True)
class Repository:
    """Where git keeps a new project.

    Attributes
    ----------
    own : whether a repository was started for it.
    commit : its first, 40 hex digits; None where there is none yet.
    note : what is left to the user; None where nothing is.
    """

    own: bool = False
    commit: str | None = None
    note: str | None = None


def start(project: Path, folder: Path) -> Repository:
    """Start a repository for a new project, and commit it with the user's identity.

    Parameters
    ----------
    project : the folder with the project's files.
    folder : where they will be. In a repository that does not ignore it none is started: one
        inside another is left out of what the outer one commits.
    """
    try:
        root = _surrounding(folder)
        if root is None:
            run_git(project, "init", "--quiet", "--initial-branch", "main")
    except NoGit as error:
        return Repository(note=f"no git repository was started, so models name no commit: {error}")
    if root is not None:
        what = f"{folder} is in the git repository {root}, so none was started in it"
        return Repository(note=f"{what}; commit it before you train: {_commands(folder)}")
    return _committed(project, folder)


def first_commit(folder: Path, *settings: str) -> str:
    """Commit everything in a folder and return the commit; NoGit where git refuses.

    `settings` are options of git, such as ``-c user.name=...``.
    """
    run_git(folder, "add", ".")
    run_git(folder, *settings, "commit", "--quiet", "--message", MESSAGE)
    return run_git(folder, "rev-parse", "HEAD").decode("ascii").strip()


def _committed(project: Path, folder: Path) -> Repository:
    if not _knows_user(project):
        what = "there is no commit yet, for git does not know your name and address"
        return Repository(own=True, note=f"{what}; before you train: {_identity(folder)}")
    try:
        return Repository(own=True, commit=first_commit(project))
    except NoGit as error:
        what = f"there is no commit yet, for git said: {error}"
        return Repository(own=True, note=f"{what}; before you train: {_commands(folder)}")


def _surrounding(folder: Path) -> Path | None:
    """Return the root of the repository that a folder belongs to; NoGit where git refuses."""
    try:
        shown = run_git(folder.parent, "rev-parse", "--show-toplevel")
    except NoGit as error:
        if "not a git repository" in str(error):
            return None
        raise
    return None if _is_ignored(folder) else Path(os.fsdecode(shown.removesuffix(b"\n")))


def _is_ignored(folder: Path) -> bool:
    # The slash says that it is a folder, before it is there.
    return _succeeds(folder.parent, "check-ignore", "--quiet", "--", f"{folder.name}/")


def _knows_user(folder: Path) -> bool:
    names = ("GIT_AUTHOR_IDENT", "GIT_COMMITTER_IDENT")
    return all(_succeeds(folder, *NO_GUESS, "var", name) for name in names)


def _succeeds(folder: Path, *arguments: str) -> bool:
    try:
        run_git(folder, *arguments)
    except NoGit:
        return False
    return True


def _identity(folder: Path) -> str:
    named = "git config --global user.name 'Your Name'"
    return f"{named} && git config --global user.email you@example.com && {_commands(folder)}"


def _commands(folder: Path) -> str:
    git = f"git -C {shlex.quote(str(folder))}"
    return f"{git} add . && {git} commit -m '{MESSAGE}'"
