"""What the host must not forget: one SQLite file, written before a client hears of success."""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

__all__ = ["Resource", "State"]

_SCHEMA = """
CREATE TABLE IF NOT EXISTS resources (
    region TEXT, kind TEXT, name TEXT, document TEXT NOT NULL,
    PRIMARY KEY (region, kind, name));
CREATE TABLE IF NOT EXISTS tags (
    arn TEXT, key TEXT, value TEXT NOT NULL, PRIMARY KEY (arn, key));
CREATE TABLE IF NOT EXISTS processes (pid INTEGER PRIMARY KEY, started TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS owner (identity TEXT PRIMARY KEY);
CREATE TABLE IF NOT EXISTS buckets (name TEXT PRIMARY KEY, document TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS objects (
    bucket TEXT, key TEXT, blob TEXT NOT NULL, document TEXT NOT NULL,
    PRIMARY KEY (bucket, key));
"""
FORMAT = 1


@dataclass(frozen=True, slots=True)
class Resource:
    """A model, endpoint config or endpoint."""

    region: str
    kind: str
    name: str
    document: dict[str, Any]


class State:
    """The host's memory. Safe to use from many threads.

    Parameters
    ----------
    path : the SQLite file; made where it is not there.
    """

    def __init__(self, path: Path) -> None:
        self._lock = threading.RLock()
        self._db = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._db.execute("PRAGMA journal_mode=WAL")
        # NORMAL survives a killed process, which is what we promise; FULL would add a
        # disk flush to each call only to survive a power cut.
        self._db.execute("PRAGMA synchronous=NORMAL")
        self._db.executescript(_SCHEMA)
        self._db.execute(f"PRAGMA user_version={FORMAT}")

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._db.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Make several writes one, and keep other threads out meanwhile."""
        with self._lock:
            if self._db.in_transaction:
                yield
                return
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:  # also when interrupted: no transaction stays open
                self._db.execute("ROLLBACK")
                raise
            self._db.execute("COMMIT")

    def rows(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        """Run one statement and return its rows."""
        with self._lock:
            return self._db.execute(sql, values).fetchall()

    def put(self, resource: Resource) -> None:
        """Write a resource, over what was there."""
        document = json.dumps(resource.document)
        self.rows(
            "INSERT OR REPLACE INTO resources VALUES (?, ?, ?, ?)",
            resource.region,
            resource.kind,
            resource.name,
            document,
        )

    def get(self, region: str, kind: str, name: str) -> Resource | None:
        """Return a resource, or None."""
        found = self.rows(
            "SELECT document FROM resources WHERE region = ? AND kind = ? AND name = ?",
            region,
            kind,
            name,
        )
        return Resource(region, kind, name, json.loads(found[0][0])) if found else None

    def delete(self, region: str, kind: str, name: str) -> bool:
        """Delete a resource; False where it was not there."""
        where = "WHERE region = ? AND kind = ? AND name = ?"
        found = self.rows(f"DELETE FROM resources {where} RETURNING name", region, kind, name)  # noqa: S608
        return bool(found)

    def find(self, kind: str, region: str | None = None) -> list[Resource]:
        """Return a kind's resources, of one region or of all."""
        found = self.rows(
            "SELECT region, name, document FROM resources WHERE kind = ? ORDER BY region, name",
            kind,
        )
        resources = [Resource(row[0], kind, row[1], json.loads(row[2])) for row in found]
        return [item for item in resources if region is None or item.region == region]

    def add_tags(self, arn: str, tags: Sequence[Mapping[str, str]]) -> None:
        """Add tags to an ARN, over those of the same key."""
        with self.transaction():
            for tag in tags:
                key, value = tag["Key"], tag["Value"]
                self.rows("INSERT OR REPLACE INTO tags VALUES (?, ?, ?)", arn, key, value)

    def tags(self, arn: str) -> Sequence[dict[str, str]]:
        """Return an ARN's tags, sorted by key."""
        rows = self.rows("SELECT key, value FROM tags WHERE arn = ? ORDER BY key", arn)
        return [{"Key": key, "Value": value} for key, value in rows]

    def delete_tags(self, arn: str, keys: Sequence[str] | None = None) -> None:
        """Delete an ARN's tags: those of `keys`, or all."""
        with self.transaction():
            if keys is None:
                self.rows("DELETE FROM tags WHERE arn = ?", arn)
            for key in keys or ():
                self.rows("DELETE FROM tags WHERE arn = ? AND key = ?", arn, key)

    def belongs_to(self, owner: str) -> bool:
        """Whether the processes of this file are those of a folder, by `owner_of`."""
        return self.rows("SELECT identity FROM owner") == [(owner,)]

    def take_over(self, owner: str) -> None:
        """Record whose this file is; the processes of a file it was copied from are forgotten."""
        with self.transaction():
            if not self.belongs_to(owner):
                self.rows("DELETE FROM processes")
                self.rows("DELETE FROM owner")
                self.rows("INSERT INTO owner VALUES (?)", owner)

    def add_process(self, pid: int, started: str) -> None:
        """Remember a process this host started."""
        self.rows("INSERT OR REPLACE INTO processes VALUES (?, ?)", pid, started)

    def forget_process(self, pid: int) -> None:
        """Forget a process that ended."""
        self.rows("DELETE FROM processes WHERE pid = ?", pid)

    def processes(self) -> Sequence[tuple[int, str]]:
        """Return (pid, started) of each process that may still live."""
        return [(pid, started) for pid, started in self.rows("SELECT * FROM processes")]
