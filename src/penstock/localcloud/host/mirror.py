"""S3 on disk: moto keeps objects in memory, so each change is written down before its answer.

Kept: buckets with their region and versioning, and of each object the current content,
metadata, tags, ETag, checksum, storage class and time. Not kept: older versions, uploads
in parts that were not completed, ACLs and bucket policies.
"""

from __future__ import annotations

import contextlib
import json
import threading
import uuid
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

from penstock.localcloud.host.aws import WsgiApp, buckets, s3_backend
from penstock.localcloud.log import event
from penstock.localcloud.state import State

__all__ = ["Mirror"]

# moto's names for what an object has beside its content and metadata.
_FIELDS = ("checksum_algorithm", "checksum_value", "checksum_type", "checksum_parts")


class Mirror:
    """Wraps moto's app.

    Parameters
    ----------
    app : moto's.
    state : holds the index of buckets and objects.
    blobs : the folder of contents.
    """

    def __init__(self, app: WsgiApp, state: State, blobs: Path) -> None:
        self._app = app
        self._state = state
        self._blobs = blobs
        self._lock = threading.Lock()
        blobs.mkdir(parents=True, exist_ok=True)

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Any:
        """Answer a request of S3; a change is on disk before the client hears of it."""
        statuses: list[str] = []

        def noting(status: str, headers: Any, error: Any = None) -> Any:
            statuses.append(status)
            return start_response(status, headers, error)

        answer = self._app(environ, noting)
        if _changes(environ) and statuses and statuses[-1].startswith("2"):
            self._sync(*_bucket_and_key(environ))
        return answer

    def load(self) -> None:
        """Fill moto with what is on disk."""
        for name, document in self._state.rows("SELECT name, document FROM buckets"):
            values = json.loads(document)
            bucket = s3_backend().create_bucket(name, values["region"])
            bucket.creation_date = datetime.fromisoformat(values["created"])
            bucket.versioning_status = values["versioning"]
        used = set()
        for bucket, key, blob, document in self._state.rows("SELECT * FROM objects"):
            used.add(blob)
            self._load(bucket, key, (self._blobs / blob).read_bytes(), json.loads(document))
        for path in self._blobs.iterdir():
            if path.name not in used:
                path.unlink()
        event("s3.loaded", objects=len(used))

    def _load(self, bucket: str, name: str, value: bytes, saved: Mapping[str, Any]) -> None:
        key = s3_backend().put_object(
            bucket, name, value, storage=saved["storage"], disable_notification=True
        )
        key._etag = saved["etag"]
        key.last_modified = datetime.fromisoformat(saved["modified"])
        key.set_metadata(dict(saved["metadata"]), replace=False)
        for field in _FIELDS:
            setattr(key, field, saved[field])
        if saved["tags"]:
            s3_backend().put_object_tagging(key, saved["tags"])

    def _sync(self, name: str, key: str) -> None:
        with self._lock:
            bucket = buckets().get(name)
            if bucket is None:
                self._forget_bucket(name)
            elif key:
                self._sync_key(bucket, key)
            else:
                self._sync_bucket(bucket)

    def _sync_bucket(self, bucket: Any) -> None:
        """Bring a bucket's own entry and its keys up to date."""
        document = {
            "region": bucket.region_name,
            "created": bucket.creation_date.isoformat(),
            "versioning": bucket.versioning_status,
        }
        self._state.rows(
            "INSERT OR REPLACE INTO buckets VALUES (?, ?)", bucket.name, json.dumps(document)
        )
        self._reconcile(bucket)

    def _reconcile(self, bucket: Any) -> None:
        """Find what a request to the bucket did to its keys: a delete of many, a form's upload."""
        rows = self._state.rows("SELECT key, document FROM objects WHERE bucket = ?", bucket.name)
        kept = {key: json.loads(document)["modified"] for key, document in rows}
        for name in kept.keys() | set(bucket.keys):
            key = _current(bucket, name)
            if (key and key.last_modified.isoformat()) != kept.get(name):
                self._sync_key(bucket, name)

    def _sync_key(self, bucket: Any, name: str) -> None:
        key = _current(bucket, name)
        where = "WHERE bucket = ? AND key = ?"
        before = self._state.rows(f"SELECT blob FROM objects {where}", bucket.name, name)  # noqa: S608
        if key is None:
            self._state.rows(f"DELETE FROM objects {where}", bucket.name, name)  # noqa: S608
        else:
            blob = self._write(key.value)
            row = (bucket.name, name, blob, json.dumps(_document(key)))
            self._state.rows("INSERT OR REPLACE INTO objects VALUES (?, ?, ?, ?)", *row)
        # Only now: a host killed before this point still finds the content it indexes.
        for (blob,) in before:
            (self._blobs / blob).unlink(missing_ok=True)

    def _write(self, value: bytes) -> str:
        blob = uuid.uuid4().hex
        (self._blobs / blob).write_bytes(value)
        return blob

    def _forget_bucket(self, name: str) -> None:
        self._state.rows("DELETE FROM buckets WHERE name = ?", name)
        for (blob,) in self._state.rows(
            "DELETE FROM objects WHERE bucket = ? RETURNING blob", name
        ):
            with contextlib.suppress(FileNotFoundError):
                (self._blobs / blob).unlink()


def _changes(environ: Mapping[str, Any]) -> bool:
    """Whether a request may have changed what is kept; parts of an upload do not yet."""
    method = environ["REQUEST_METHOD"]
    query = parse_qs(environ.get("QUERY_STRING", ""), keep_blank_values=True)
    if method == "POST":
        return "uploads" not in query and "select" not in query
    return method in ("PUT", "DELETE") and "uploadId" not in query


def _bucket_and_key(environ: Mapping[str, Any]) -> tuple[str, str]:
    # WSGI hands over bytes in the guise of latin-1.
    path = environ["PATH_INFO"].encode("latin-1").decode().removeprefix("/")
    # boto3 gives a bucket a host of its own where the endpoint is a name and no number.
    bucket, dot, _ = environ.get("HTTP_HOST", "").partition(".localhost")
    if dot:
        return bucket, path
    bucket, _, key = path.partition("/")
    return bucket, key


def _current(bucket: Any, name: str) -> Any:
    """Return moto's current object, or None where there is none or it is marked deleted."""
    key = bucket.keys.get(name)
    return key if hasattr(key, "value") else None


def _document(key: Any) -> dict[str, Any]:
    return {
        "etag": key.etag.strip('"'),
        "modified": key.last_modified.isoformat(),
        "storage": key.storage_class,
        "metadata": dict(key.metadata),
        "tags": s3_backend().tagger.get_tag_dict_for_resource(key.arn),
        **{field: getattr(key, field) for field in _FIELDS},
    }
