"""MLflow's own client, opened in one place."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote

from penstock.artifacts.masking import mask_url
from penstock.artifacts.translation import mlflow_errors
from penstock.locks import locked_folder
from penstock.loopback import is_loopback, spare_loopback

if TYPE_CHECKING:
    from mlflow import MlflowClient

__all__ = ["database_lock", "database_path", "database_uri", "open_client"]


def open_client(tracking_uri: str, registry_uri: str | None = None) -> MlflowClient:
    """Return a client whose databases are there and of this MLflow's form.

    Of two processes that open a new SQLite database at once, the second waits until the first
    has made its tables: MLflow itself lets them trip over each other.

    Parameters
    ----------
    tracking_uri : of the MLflow server or database.
    registry_uri : where it is another; default, `tracking_uri`.

    Raises
    ------
    MachineError : it does not answer, or is not what this MLflow can use.
    """
    from mlflow import MlflowClient

    _quieten()
    registry = registry_uri or tracking_uri
    if is_loopback(tracking_uri) or is_loopback(registry):
        spare_loopback()
    with mlflow_errors(mask_url(tracking_uri)), database_lock(tracking_uri):
        client = MlflowClient(tracking_uri, registry)
    with mlflow_errors(mask_url(registry)), database_lock(registry):
        client._get_registry_client()  # type: ignore[no-untyped-call]
    return client


@contextmanager
def database_lock(uri: str) -> Iterator[None]:
    """Hold the SQLite database of a URI between processes; any other URI needs no lock."""
    path = database_path(uri)
    with locked_folder(path.parent) if path else nullcontext():
        yield


def database_uri(path: Path) -> str:
    """Return the URI of a SQLite file.

    >>> database_uri(Path("/srv/mlflow.db")), database_uri(Path("/what?/mlflow.db"))
    ('sqlite:////srv/mlflow.db', 'sqlite:///file:/what%3F/mlflow.db?uri=true')
    """
    # SQLAlchemy ends a path at its first question mark, and has no escape but SQLite's own.
    if "?" in str(path):
        return f"sqlite:///file:{quote(str(path))}?uri=true"
    return f"sqlite:///{path}"


def database_path(uri: str) -> Path | None:
    """Return the file of a SQLite URI, or None for any other URI.

    >>> database_path("sqlite:////srv/mlflow.db"), database_path("https://mlflow.example.com")
    (PosixPath('/srv/mlflow.db'), None)
    """
    scheme, _, rest = uri.partition(":///")
    path = rest.partition("?")[0]
    if scheme.partition("+")[0] != "sqlite" or path in ("", ":memory:"):
        return None
    if path.startswith("file:"):
        path = unquote(path.removeprefix("file:"))
    return Path(path).absolute()


def _quieten() -> None:
    """Keep MLflow from reporting each migration step and drawing a bar for each file."""
    os.environ.setdefault("MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR", "false")
    for name in ("mlflow.store", "alembic"):
        logging.getLogger(name).setLevel(logging.ERROR)
