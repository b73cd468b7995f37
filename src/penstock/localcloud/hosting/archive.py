"""Fetches a model's archive from S3 and opens it, trusting none of its paths."""

from __future__ import annotations

import shutil
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from botocore.exceptions import BotoCoreError, ClientError

from penstock.errors import IntegrityError, NotFoundError

__all__ = ["fetch"]


def fetch(s3: Callable[[], Any], url: str, target: Path) -> Path:
    """Download ``s3://bucket/key`` and extract it.

    A directory that is there already was extracted whole, so it is used again: a restarted
    endpoint serves the bytes it was created from, whatever became of the object since.

    Raises
    ------
    NotFoundError : the object is not there.
    IntegrityError : not a tar archive, or a member would leave the directory.
    """
    if target.exists():
        return target
    target.parent.mkdir(parents=True, exist_ok=True)
    archive, partial = target.with_suffix(".tar.gz"), target.with_suffix(".partial")
    try:
        _download(s3(), url, archive)
        shutil.rmtree(partial, ignore_errors=True)
        _extract(archive, partial, url)
        partial.rename(target)
    finally:
        archive.unlink(missing_ok=True)
    return target


def _download(s3: Any, url: str, archive: Path) -> None:
    parts = urlsplit(url)
    if parts.scheme != "s3" or not parts.netloc or not parts.path.strip("/"):
        raise NotFoundError(f"'{url}' is not s3://bucket/key", where="ModelDataUrl")
    try:
        s3.download_file(parts.netloc, parts.path.lstrip("/"), str(archive))
    except (ClientError, BotoCoreError) as error:
        raise NotFoundError(
            f"Failed to download model data from {url}: {error}", where="ModelDataUrl"
        ) from error


def _extract(archive: Path, target: Path, url: str) -> None:
    try:
        with tarfile.open(archive, "r:gz") as tar:
            # The data filter refuses absolute paths, .., devices and links that lead out.
            tar.extractall(target, filter="data")
    except (tarfile.TarError, OSError, EOFError) as error:
        raise IntegrityError(
            f"cannot extract {url}: {error}",
            where="ModelDataUrl",
            hint="give a gzipped tar whose members stay inside it",
        ) from error
    target.mkdir(exist_ok=True)
