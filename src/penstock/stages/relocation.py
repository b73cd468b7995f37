"""A project that was moved or copied: its MLflow database still names the files where it was.

MLflow writes absolute locations. The experiments that Penstock makes say in which folder the
project was; where that is another, every location in it is rewritten to where the project is now.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from penstock.errors import MachineError

__all__ = ["FOLDER_TAG", "relocate"]

FOLDER_TAG = "penstock.folder"
"""Tag of an experiment: the project's folder, to which the database's locations belong."""

WAIT_SECONDS = 30.0
_LOCATIONS = (
    ("experiments", "artifact_location"),
    ("runs", "artifact_uri"),
    ("logged_models", "artifact_location"),
    ("model_versions", "source"),
    ("model_versions", "storage_location"),
)


def relocate(database: Path, folder: Path) -> Path | None:
    """Let a project's own MLflow database name the files of `folder`.

    Returns
    -------
    Where the project was before, or None where it is where it was.

    Raises
    ------
    MachineError : the locations are another folder's and cannot be rewritten.
    """
    if not database.is_file():
        return None
    try:
        with closing(_open(database)) as db:
            if not _others(db, folder):
                return None
            return _rewrite(db, folder)
    except sqlite3.OperationalError as error:
        raise MachineError(
            f"names files of another folder and cannot be rewritten: {error}",
            where=str(database),
            hint="let the file be written, and by nobody else meanwhile",
        ) from error


def _open(database: Path) -> sqlite3.Connection:
    return sqlite3.connect(
        f"{database.as_uri()}?mode=rw", uri=True, timeout=WAIT_SECONDS, isolation_level=None
    )


def _others(db: sqlite3.Connection, folder: Path) -> list[str]:
    """Return the other folders that experiments of this database name."""
    sql = "SELECT DISTINCT value FROM experiment_tags WHERE key = ? AND value != ?"
    try:
        return [value for (value,) in db.execute(sql, (FOLDER_TAG, str(folder)))]
    except sqlite3.DatabaseError as error:
        if "locked" in str(error):
            raise
        # Not MLflow's yet, or no database: MLflow says it better.
        return []


def _rewrite(db: sqlite3.Connection, folder: Path) -> Path | None:
    """Rewrite in one transaction; of two processes, the second finds nothing to do."""
    db.execute("BEGIN IMMEDIATE")
    with db:
        others = _others(db, folder)
        for other in others:
            for old, new in _prefixes(Path(other), folder):
                _replace(db, old, new)
        db.execute("UPDATE experiment_tags SET value = ? WHERE key = ?", (str(folder), FOLDER_TAG))
    return Path(others[0]) if others else None


def _prefixes(old: Path, new: Path) -> Iterator[tuple[str, str]]:
    """Yield how a location in the folder may begin, and how it begins now."""
    before = dict.fromkeys((f"{old.as_uri()}/", f"file://{old}/", f"{old}/"))
    for prefix in before:
        yield prefix, f"{new}/" if prefix == f"{old}/" else f"{new.as_uri()}/"


def _replace(db: sqlite3.Connection, old: str, new: str) -> None:
    for table, column in _LOCATIONS:
        known = {row[1] for row in db.execute(f"PRAGMA table_info({table})")}
        if column in known:
            db.execute(
                f"UPDATE {table} SET {column} = ? || substr({column}, ?) "  # noqa: S608
                f"WHERE substr({column}, 1, ?) = ?",
                (new, len(old) + 1, len(old), old),
            )
