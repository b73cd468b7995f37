"""A store in an S3 bucket."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from penstock.artifacts.location import CHUNK, Progress, object_key
from penstock.artifacts.manifest import sha256_file
from penstock.artifacts.masking import mask_url
from penstock.artifacts.source import source_chunks
from penstock.errors import DataError, InputError, IntegrityError, MachineError
from penstock.loopback import spare_loopback

__all__ = ["S3Location"]

# A file up to this size is read once: hashed and sent from memory.
IN_MEMORY = 32 * 1024 * 1024
BLOCK = 8 * 1024 * 1024
TAKEN = "PreconditionFailed"
RACING = "ConditionalRequestConflict"
ATTEMPTS = 10


class S3Location:
    """A bucket and a prefix.

    Parameters
    ----------
    root : ``bucket`` or ``bucket/prefix``.
    options : of `s3fs.S3FileSystem`, such as ``endpoint_url``. Credentials come from where
        every AWS tool finds them.
    """

    def __init__(self, root: str, options: Mapping[str, Any]) -> None:
        self.root = root.strip("/")
        self.url = mask_url(f"s3://{self.root}")
        if not self.root:
            raise InputError("names no bucket", where=self.url, hint="write s3://bucket/prefix")
        if "@" in self.root.partition("/")[0]:
            hint = "set AWS_PROFILE or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
            raise InputError("credentials do not belong in an address", where=self.url, hint=hint)
        self._files = _file_system(self.url, options)

    def put(self, source: Path, progress: Progress | None = None) -> tuple[int, str]:
        """Send a file unless an object of its digest and size is there."""
        if source.stat().st_size > IN_MEMORY:
            return self._put_large(source, progress)
        content = b"".join(source_chunks(source))
        size, digest = len(content), hashlib.sha256(content).hexdigest()
        key = object_key(digest)
        if not self._has(key, size):
            with self._talking("written"):
                self._files.pipe_file(self._path(key), content)
            self._check_sent(key, size)
        if progress:
            progress(size)
        return size, digest

    def chunks(self, key: str) -> Iterator[bytes]:
        """See `Location.chunks`."""
        with self._talking("read"):
            file = self._files.open(self._path(key), "rb", block_size=BLOCK, cache_type="readahead")
        with file:
            while True:
                # Not around the yield: the trouble of whoever takes the bytes is not S3's.
                with self._talking("read"):
                    chunk = file.read(CHUNK)
                if not chunk:
                    return
                yield chunk

    def read(self, key: str) -> bytes:
        """See `Location.read`."""
        with self._talking("read"):
            return bytes(self._files.cat_file(self._path(key)))

    def create(self, key: str, content: bytes) -> bool:
        """See `Location.create`: a put that S3 refuses where the key exists."""
        for _ in range(ATTEMPTS):
            with self._talking("written"):
                try:
                    self._files.pipe_file(self._path(key), content, mode="create")
                except OSError as error:
                    if _code(error) == RACING:
                        continue
                    if isinstance(error, FileExistsError) or _code(error) == TAKEN:
                        # A retry of a put whose answer was lost finds its own work.
                        return self.read(key) == content
                    raise
            return True
        raise MachineError("too many publishers at once", where=self.url, hint="publish again")

    def replace(self, key: str, content: bytes) -> None:
        """See `Location.replace`."""
        with self._talking("written"):
            self._files.pipe_file(self._path(key), content)

    def names(self, key: str) -> list[str]:
        """See `Location.names`."""
        with self._talking("listed"):
            try:
                found = self._files.ls(self._path(key), detail=False, refresh=True)
            except FileNotFoundError as error:
                self._require_bucket(error)
                return []
        return sorted({str(path).rstrip("/").rpartition("/")[2] for path in found} - {""})

    def _put_large(self, source: Path, progress: Progress | None) -> tuple[int, str]:
        """Hash, then send in parts: the key is the digest, so it must be known first."""
        before = source.stat()
        digest, size = sha256_file(source), before.st_size
        key = object_key(digest)
        if not self._has(key, size):
            with self._talking("written"):
                self._files.put_file(str(source), self._path(key), callback=_callback(progress))
                self._require_unchanged(source, before, key)
            self._check_sent(key, size)
        return size, digest

    def _require_unchanged(self, source: Path, before: os.stat_result, key: str) -> None:
        """Take back what was sent if the file changed after it was hashed."""
        after = source.stat()
        if (before.st_mtime_ns, before.st_size) != (after.st_mtime_ns, after.st_size):
            self._files.rm_file(self._path(key))
            raise DataError("changed while it was published", where=str(source))

    def _has(self, key: str, size: int) -> bool:
        with self._talking("read"):
            try:
                return bool(self._files.info(self._path(key), refresh=True)["size"] == size)
            except FileNotFoundError:
                return False

    def _check_sent(self, key: str, size: int) -> None:
        if not self._has(key, size):
            raise IntegrityError(f"{key} did not arrive whole", where=self.url)

    def _require_bucket(self, error: Exception) -> None:
        if _code(error) == "NoSuchBucket":
            raise error

    def _path(self, key: str) -> str:
        return f"{self.root}/{key}"

    @contextmanager
    def _talking(self, verb: str) -> Iterator[None]:
        try:
            yield
        except FileNotFoundError as error:
            if _code(error) != "NoSuchBucket":
                raise
            raise MachineError(
                "there is no such bucket", where=self.url, hint="create it, or name another"
            ) from error
        except Exception as error:  # fsspec's back ends raise in their own ways; most go on up
            if not _is_trouble(error):
                raise
            raise MachineError(
                f"the store cannot be {verb}: {mask_url(str(error))}",
                where=self.url,
                hint="check the credentials, the endpoint and the bucket's policy",
            ) from error


def _file_system(url: str, options: Mapping[str, Any]) -> Any:
    try:
        from s3fs import S3FileSystem
    except ImportError:
        raise InputError(
            "needs s3fs, which is not installed", where=url, hint="pip install 'penstock[aws]'"
        ) from None
    # The bucket may be this machine's, by an option or by AWS's own settings.
    spare_loopback()
    # Another process may publish at any time, so nothing about the bucket is remembered.
    return S3FileSystem(use_listings_cache=False, skip_instance_cache=True, **options)


def _code(error: BaseException) -> str:
    response = getattr(error.__cause__, "response", None) or {}
    return str(response.get("Error", {}).get("Code", ""))


def _is_trouble(error: Exception) -> bool:
    """Whether the network, S3 or the credentials are at fault, and not this program."""
    return isinstance(error, OSError) or type(error).__module__.startswith(
        ("botocore", "aiobotocore", "aiohttp", "fsspec", "s3fs")
    )


def _callback(progress: Progress | None) -> Any:
    from fsspec.callbacks import Callback

    class Report(Callback):  # type: ignore[misc, unused-ignore]
        """Hand s3fs's counts on."""

        def relative_update(self, inc: int = 1) -> None:
            if progress:
                progress(inc)

    return Report()
