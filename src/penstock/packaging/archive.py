"""``model.tar.gz`` as SageMaker wants it: the same bytes from the same files."""

from __future__ import annotations

import gzip
import hashlib
import tarfile
import tempfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from penstock.artifacts.manifest import (
    MANIFEST,
    MLFLOW_FILES,
    File,
    content_digest,
    parse_manifest,
)
from penstock.errors import IntegrityError, Problem

__all__ = ["verify_archive", "write_archive"]

# The engine answers in production; training weights stay in the registry.
LEFT_OUT = frozenset({"classifier/model.safetensors"})


def write_archive(model_dir: Path, path: Path) -> Path:
    """Write a model directory as a reproducible archive.

    Wheels, graphs and tokenisers hardly compress, so gzip runs at its fastest level.
    """
    files = sorted(file for file in model_dir.rglob("*") if file.is_file())
    with tempfile.TemporaryDirectory(prefix=f".{path.name}.", dir=path.parent) as folder:
        scratch = Path(folder) / path.name
        with (
            scratch.open("wb") as raw,
            gzip.GzipFile(fileobj=raw, mode="wb", filename="", mtime=0, compresslevel=1) as zipped,
            tarfile.open(fileobj=zipped, mode="w", format=tarfile.PAX_FORMAT) as archive,
        ):
            for file in files:
                name = file.relative_to(model_dir).as_posix()
                if name not in LEFT_OUT:
                    _add(archive, file, name)
        return scratch.replace(path)


def verify_archive(path: Path, digest: str) -> None:
    """Check that an archive holds the model with this digest, byte for byte.

    Parameters
    ----------
    path : a ``model.tar.gz`` of `write_archive`.
    digest : ``sha256:<hex>`` of the model's manifest.

    Raises
    ------
    IntegrityError : the manifest is another one, or a file is missing, changed, added or no
        plain file: all of them in one error.
    """
    try:
        manifest, found, problems = _read(path)
    except (tarfile.TarError, OSError, EOFError, zlib.error) as error:
        raise IntegrityError(f"cannot be read: {error}", where=str(path), hint=_HINT) from None
    if (present := content_digest(manifest)) != digest:
        what = f"holds a model with the digest {present}, the release's is {digest}"
        raise IntegrityError(what, where=str(path), hint=_HINT)
    problems += _differences(parse_manifest(manifest, f"{path}, {MANIFEST}"), found)
    if problems:
        placed = [Problem(p.what, f"{path}, {p.where}", _HINT) for p in problems]
        raise IntegrityError(problems=placed)


_HINT = "delete it: the next deployment writes it again from the registry"


def _read(path: Path) -> tuple[bytes, dict[str, tuple[int, str]], list[Problem]]:
    """Return the manifest's bytes, size and SHA-256 of each file, and what is no plain file."""
    manifest, found, problems = b"", {}, []
    with tarfile.open(path, "r|gz") as archive:
        for member in archive:
            content = archive.extractfile(member) if member.isreg() else None
            if content is None or member.name in found:
                problems.append(Problem("is no plain file, or comes twice", member.name))
                continue
            if member.name == MANIFEST:
                manifest = content.read()
            else:
                found[member.name] = member.size, _sha256(content)
    return manifest, found, problems


def _sha256(content: IO[bytes]) -> str:
    found = hashlib.sha256()
    while block := content.read(1 << 20):
        found.update(block)
    return found.hexdigest()


def _differences(files: list[File], found: dict[str, tuple[int, str]]) -> Iterator[Problem]:
    expected = {file.path: (file.size, file.sha256) for file in files}
    for name in sorted(expected.keys() - found.keys() - LEFT_OUT):
        yield Problem("is missing", name)
    for name in sorted(found.keys() - expected.keys() - MLFLOW_FILES):
        yield Problem("is not part of the model", name)
    for name in sorted(expected.keys() & found.keys()):
        if expected[name] != found[name]:
            yield Problem("is not what the manifest says", name)


def _add(archive: tarfile.TarFile, file: Path, name: str) -> None:
    info = tarfile.TarInfo(name)
    info.size = file.stat().st_size
    info.mode = 0o644
    with file.open("rb") as content:
        archive.addfile(info, content)
