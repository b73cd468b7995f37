"""``model.tar.gz`` as SageMaker wants it: the same bytes from the same files."""

from __future__ import annotations

import gzip
import tarfile
from pathlib import Path

__all__ = ["write_archive"]

# The engine answers in production; training weights stay in the registry.
LEFT_OUT = frozenset({"classifier/model.safetensors"})


def write_archive(model_dir: Path, path: Path) -> Path:
    """Write a model directory as a reproducible archive.

    Wheels, graphs and tokenisers hardly compress, so gzip runs at its fastest level.
    """
    files = sorted(file for file in model_dir.rglob("*") if file.is_file())
    scratch = path.with_suffix(".tmp")
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


def _add(archive: tarfile.TarFile, file: Path, name: str) -> None:
    info = tarfile.TarInfo(name)
    info.size = file.stat().st_size
    info.mode = 0o644
    with file.open("rb") as content:
        archive.addfile(info, content)
