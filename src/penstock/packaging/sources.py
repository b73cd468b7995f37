"""The sources of a package: which files a wheel is built from, their digest, a clean copy."""

from __future__ import annotations

import hashlib
import os
import shutil
import stat
from collections.abc import Iterator, Sequence
from pathlib import Path

from penstock.errors import ConfigError, Problem, did_you_mean
from penstock.provenance.git import known_files

__all__ = ["check_packages", "copy_sources", "sources_digest"]

# What tools leave anywhere, and what they leave at the top of a package alone: below it, a
# folder `build` may be a module.
LEFT_ANYWHERE = frozenset({"__pycache__", ".git", ".DS_Store", "Thumbs.db", ".ipynb_checkpoints"})
LEFT_AT_THE_TOP = frozenset({"build", "dist", "node_modules"})


def check_packages(packages: Sequence[Path]) -> None:
    """Raise ConfigError, with every problem, where a folder is not there or is no package."""
    problems = [problem for package in packages if (problem := _problem(package))]
    if problems:
        raise ConfigError(problems=problems)


def sources_digest(folder: Path) -> str:
    """Return the SHA-256 over path, content and executable bit of every file of `copy_sources`."""
    total = hashlib.sha256()
    for name, path in _sources(folder):
        content = hashlib.sha256(path.read_bytes()).hexdigest()
        total.update(f"{content} {_mode(path):o} {name}\n".encode("utf-8", "surrogateescape"))
    return total.hexdigest()


def copy_sources(folder: Path, destination: Path) -> Path:
    """Copy what a wheel is built from, and return `destination`.

    Left out are results of former builds, caches of tools, hidden folders at the top, virtual
    environments, and in a git repository what git ignores: a wheel made from the copy is that
    of a fresh checkout. Links are replaced by what they lead to; modes are 0644 or 0755.

    Parameters
    ----------
    folder : with a `pyproject.toml`; nothing is written to it.
    destination : a folder that does not exist.
    """
    destination.mkdir(parents=True)
    for name, path in _sources(folder):
        target = destination / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target)
        target.chmod(_mode(path))
    return destination


def _problem(package: Path) -> Problem | None:
    hint = "mend `packages` in penstock.yaml"
    if not package.is_dir():
        beside = [path.parent.name for path in package.parent.glob("*/pyproject.toml")]
        what = "there is no such folder; a private package is a folder with a pyproject.toml"
        return Problem(what, str(package), f"{hint}: {did_you_mean(package.name, beside)}")
    if not (package / "pyproject.toml").is_file():
        return Problem("has no pyproject.toml", str(package), hint)
    return None


def _sources(folder: Path) -> list[tuple[str, Path]]:
    """Return relative name and path of each file, in the order of the names."""
    known = known_files(folder)
    # An ignored package, such as one below a folder of experiments, is built from all it has.
    found = known if known is not None and "pyproject.toml" in known else _walk(folder)
    names = {name for name in found if not _left(name) and (folder / name).exists()}
    return sorted((name, folder / name) for below in names for name in _below(folder, below))


def _below(folder: Path, name: str) -> Iterator[str]:
    """Yield a file's name, or those below a link to a folder or a submodule."""
    if not (folder / name).is_dir():
        yield name
        return
    yield from (f"{name}/{inner}" for inner in _walk(folder / name) if not _left(inner))


def _walk(folder: Path) -> Iterator[str]:
    seen: set[str] = set()
    for root, folders, files in os.walk(folder, followlinks=True):
        # A link may lead to a folder above itself.
        if os.path.realpath(root) in seen or "pyvenv.cfg" in files:
            folders.clear()
            continue
        seen.add(os.path.realpath(root))
        top = Path(root) == folder
        folders[:] = [f for f in folders if f not in LEFT_ANYWHERE and not (top and _hidden(f))]
        yield from ((Path(root) / name).relative_to(folder).as_posix() for name in files)


def _left(name: str) -> bool:
    parts = name.split("/")
    return (
        (len(parts) > 1 and (parts[0] in LEFT_AT_THE_TOP or parts[0].startswith(".")))
        or not LEFT_ANYWHERE.isdisjoint(parts)
        or any(part.endswith(".egg-info") for part in parts[:-1])
    )


def _hidden(name: str) -> bool:
    return name.startswith(".") or name in LEFT_AT_THE_TOP


def _mode(path: Path) -> int:
    return 0o755 if path.stat().st_mode & stat.S_IXUSR else 0o644
