"""``manifest.json``: what a model directory holds, by size and SHA-256.

The manifest is the identity of a model: its digest is ``sha256:`` of the manifest's bytes.
Files that MLflow writes itself (`MLFLOW_FILES`) change between registrations of one model,
so they are no part of it.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath

import msgspec

from penstock.errors import IntegrityError, NotFoundError, Problem

__all__ = [
    "MANIFEST",
    "MLFLOW_FILES",
    "File",
    "classifier_digest",
    "content_digest",
    "digest",
    "parse_manifest",
    "read_manifest",
    "sha256_file",
    "verify",
    "write_manifest",
]

MANIFEST = "manifest.json"
MLFLOW_FILES = frozenset(
    {
        "MLmodel",
        "requirements.txt",
        "python_env.yaml",
        "conda.yaml",
        "input_example.json",
        "serving_input_example.json",
        "registered_model_meta",
    }
)
FORMAT = 1
CLASSIFIER_PREFIXES = ("classifier/", "engine/")
_TEMPORARY = f".{MANIFEST}."


class File(msgspec.Struct, frozen=True):
    """One file of a model directory.

    Attributes
    ----------
    path : relative to the directory, with ``/``; never absolute, never with ``..``.
    size : in bytes.
    sha256 : of the content, 64 hex digits.
    """

    path: str
    size: int
    sha256: str


class _Manifest(msgspec.Struct, frozen=True):
    format: int
    files: list[File]


def sha256_file(path: Path) -> str:
    """Return the SHA-256 of a file as 64 hex digits, read as a stream."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def write_manifest(directory: Path) -> str:
    """Write ``manifest.json`` for everything in `directory` and return its digest.

    Returns
    -------
    ``sha256:<hex>`` of the manifest's bytes. The same content gives the same bytes.

    Raises
    ------
    NotFoundError : there is no such directory.
    IntegrityError : the directory holds a symbolic link or a special file.
    """
    content = _encode(_survey(directory))
    _replace(directory / MANIFEST, content)
    return content_digest(content)


def read_manifest(directory: Path) -> list[File]:
    """Return the entries of ``manifest.json``, sorted by path.

    Raises
    ------
    NotFoundError : there is no manifest.
    IntegrityError : it is not a manifest, is of an unknown format, or names a path that is
        absolute, leaves the directory or comes twice.
    """
    return parse_manifest(_content(directory), str(directory / MANIFEST))


def parse_manifest(content: bytes, where: str) -> list[File]:
    """Return the entries of a manifest's bytes, as `read_manifest` does.

    Raises
    ------
    IntegrityError : as `read_manifest`; `where` names the manifest in it.
    """
    try:
        manifest = msgspec.json.decode(content, type=_Manifest)
    except msgspec.MsgspecError as error:
        raise IntegrityError(f"not a manifest: {error}", where=where) from None
    if manifest.format != FORMAT:
        what = f"format {manifest.format} is unknown, this Penstock reads {FORMAT}"
        raise IntegrityError(what, where=where, hint="upgrade penstock")
    if problems := list(_path_problems(manifest.files)):
        raise IntegrityError(problems=problems)
    return sorted(manifest.files, key=lambda file: file.path)


def verify(directory: Path, only: Iterable[str] | None = None) -> list[File]:
    """Check sizes and digests against the manifest and return the entries checked.

    Parameters
    ----------
    directory : the model directory.
    only : paths to check; one that ends with ``/`` means everything below it. Default: all.
        Files that the manifest does not name are not looked at.

    Raises
    ------
    NotFoundError : there is no manifest.
    IntegrityError : every file that is missing, has another size or digest, is a link, or
        (from `only`) is not in the manifest: all of them in one error.
    """
    files = read_manifest(directory)
    problems: list[Problem] = []
    if only is not None:
        files, problems = _select(files, only)
    problems += [problem for file in files for problem in _file_problems(directory, file)]
    if problems:
        raise IntegrityError(problems=problems)
    return files


def digest(directory: Path) -> str:
    """Return ``sha256:<hex>`` of the manifest's bytes; `NotFoundError` where there is none."""
    return content_digest(_content(directory))


def classifier_digest(directory: Path) -> str:
    """Return the digest of the entries below ``classifier/`` and ``engine/``.

    It stays the same from the trained through the wrapped to the packaged model.
    Raises as `read_manifest` does.
    """
    files = [f for f in read_manifest(directory) if f.path.startswith(CLASSIFIER_PREFIXES)]
    return content_digest(_encode(files))


def _encode(files: list[File]) -> bytes:
    manifest = _Manifest(FORMAT, sorted(files, key=lambda file: file.path))
    return msgspec.json.format(msgspec.json.encode(manifest), indent=1) + b"\n"


def content_digest(content: bytes) -> str:
    """Return ``sha256:<hex>`` of bytes, those of a manifest among them."""
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def _content(directory: Path) -> bytes:
    try:
        return (directory / MANIFEST).read_bytes()
    except OSError as error:
        what = f"no readable {MANIFEST} ({type(error).__name__})"
        hint = "is this a model directory that Penstock wrote?"
        raise NotFoundError(what, where=str(directory), hint=hint) from None


def _survey(directory: Path) -> list[File]:
    if not directory.is_dir():
        raise NotFoundError("no such directory", where=str(directory))
    files: list[File] = []
    problems: list[Problem] = []
    for name in _names(directory):
        path = directory / name
        if path.is_symlink() or not path.is_file():
            problems.append(Problem(f"{name} is a link or a special file", str(directory)))
        else:
            files.append(File(name, path.stat().st_size, sha256_file(path)))
    if problems:
        raise IntegrityError(problems=problems)
    return files


def _names(directory: Path) -> Iterator[str]:
    """Yield the path of everything below that is no directory, links among them."""
    for folder, folders, files in os.walk(directory):
        here = Path(folder)
        links = [name for name in folders if (here / name).is_symlink()]
        folders[:] = sorted(set(folders) - set(links) - {"__pycache__"})
        for name in [*links, *files]:
            path = (here / name).relative_to(directory).as_posix()
            if path not in MLFLOW_FILES | {MANIFEST} and not path.startswith(_TEMPORARY):
                yield path


def _replace(path: Path, content: bytes) -> None:
    """Write atomically: a reader sees the old manifest or the new one, never half of one."""
    handle, temporary = tempfile.mkstemp(prefix=_TEMPORARY, dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).chmod(0o644)
        Path(temporary).replace(path)
    except BaseException:  # also when interrupted: no scratch file stays
        Path(temporary).unlink(missing_ok=True)
        raise


def _path_problems(files: list[File]) -> Iterator[Problem]:
    seen: set[str] = set()
    for file in files:
        if not _is_inside(file.path):
            yield Problem(f"path {file.path!r} leaves the directory", MANIFEST)
        if file.path in seen:
            yield Problem(f"path {file.path!r} comes twice", MANIFEST)
        seen.add(file.path)


def _is_inside(path: str) -> bool:
    pure = PurePosixPath(path)
    plain = pure.as_posix() == path and "\\" not in path and "\0" not in path
    return plain and bool(pure.parts) and not pure.is_absolute() and ".." not in pure.parts


def _select(files: list[File], only: Iterable[str]) -> tuple[list[File], list[Problem]]:
    chosen: dict[str, File] = {}
    problems: list[Problem] = []
    for name in only:
        found = [
            f for f in files if f.path == name or (name[-1:] == "/" and f.path.startswith(name))
        ]
        if not found:
            problems.append(Problem(f"{name} is not in the manifest", MANIFEST))
        chosen.update((file.path, file) for file in found)
    return list(chosen.values()), problems


def _file_problems(directory: Path, file: File) -> Iterator[Problem]:
    path = directory / file.path
    if _passes_a_link(directory, file.path):
        yield Problem("is a symbolic link", file.path)
    elif not path.is_file():
        yield Problem("is missing", file.path)
    elif (size := path.stat().st_size) != file.size:
        yield Problem(f"has {size} bytes, the manifest says {file.size}", file.path)
    elif (found := sha256_file(path)) != file.sha256:
        yield Problem(f"has sha256 {found}, the manifest says {file.sha256}", file.path)


def _passes_a_link(directory: Path, path: str) -> bool:
    parts = PurePosixPath(path).parts
    return any(directory.joinpath(*parts[:n]).is_symlink() for n in range(1, len(parts) + 1))
