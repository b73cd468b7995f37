"""A project on disk: its configuration, its store, its MLflow."""

from __future__ import annotations

import logging
import os
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from penstock.artifacts.models import ModelRegistry
from penstock.artifacts.store import Store
from penstock.artifacts.tracking import database_lock, database_path, database_uri
from penstock.config import DeployConfig, ProjectConfig, load_deploy, load_project
from penstock.stages.relocation import FOLDER_TAG, relocate

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities import Run

__all__ = ["Project"]


@dataclass(frozen=True)
class Project:
    """A folder with a `penstock.yaml`, and what its stages share.

    `moved_from` is where the project was, if this is the first look since it was moved or copied.
    """

    folder: Path
    config: ProjectConfig
    moved_from: Path | None = None

    @classmethod
    def load(cls, folder: Path) -> Project:
        """Read a project folder.

        Its own MLflow database is brought to name files of this folder, and no other's.

        Raises
        ------
        NotFoundError, ConfigError : the folder is no project, or its configuration is wrong.
        MachineError : the project was moved and its database cannot be written.
        """
        folder = folder.resolve()
        config = load_project(folder)
        return cls(folder, config, relocate(folder / "mlflow.db", folder))

    @property
    def state(self) -> Path:
        """Where the project keeps what git does not: `.penstock/`."""
        return self.folder / ".penstock"

    @property
    def tracking_uri(self) -> str:
        """`MLFLOW_TRACKING_URI`, or SQLite in the project, as MLflow itself would choose there."""
        return os.environ.get("MLFLOW_TRACKING_URI") or database_uri(self.folder / "mlflow.db")

    @property
    def trained_name(self) -> str:
        """The registered model of trained versions."""
        return f"{self.config.name}-trained"

    @property
    def wrapped_name(self) -> str:
        """The registered model of wrapped versions."""
        return f"{self.config.name}-wrapped"

    @cached_property
    def registry(self) -> ModelRegistry:
        """MLflow's registry behind `model:` references."""
        return ModelRegistry(self.tracking_uri)

    @cached_property
    def store(self) -> Store:
        """The artifact store of `penstock.yaml`; a relative path is the project's, `~` a home."""
        url = self.config.store
        path = url if "://" in url else str(self.folder / Path(url).expanduser())
        return Store(path, registry=self.registry)

    @cached_property
    def client(self) -> MlflowClient:
        """MLflow's own client."""
        self._connect()
        return self.registry.client

    def targets(self) -> list[str]:
        """Return the names of the deployment files, in their order."""
        return sorted(path.stem for path in (self.folder / "deploy").glob("*.yaml"))

    def deploy(self, target: str) -> DeployConfig:
        """Read `deploy/<target>.yaml`."""
        return load_deploy(self.folder, target)

    @contextmanager
    def run(self, stage: str, tags: Mapping[str, str] | None = None) -> Iterator[Run]:
        """Open the MLflow run of a stage.

        Under `mlflow run` this is the run that MLflow has opened already.
        """
        import mlflow

        self._connect()
        with mlflow.start_run(run_name=None if os.environ.get("MLFLOW_RUN_ID") else stage) as run:
            mlflow.set_tags({"penstock.stage": stage, **(tags or {})})
            yield run

    def _connect(self) -> None:
        """Point MLflow at this project."""
        import mlflow

        # MLflow prints a run's address to stdout, in the middle of a command's own answer.
        os.environ.setdefault("MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT", "true")
        # A folder can be read by two of MLflow's source types; either is right.
        warnings.filterwarnings("ignore", "The specified dataset source can be interpreted")
        # In a command, what MLflow warns of is in the middle of what the command says.
        logging.getLogger("mlflow").setLevel(logging.ERROR)
        client = self.registry.client
        mlflow.set_tracking_uri(self.tracking_uri)
        mlflow.set_registry_uri(self.tracking_uri)
        if "MLFLOW_RUN_ID" not in os.environ:
            self._choose_experiment(client)

    def _choose_experiment(self, client: MlflowClient) -> None:
        import mlflow

        name = os.environ.get("MLFLOW_EXPERIMENT_NAME", self.config.name)
        with database_lock(self.tracking_uri):
            if database_path(self.tracking_uri) and not client.get_experiment_by_name(name):
                # Beside the database, wherever the command was started from.
                client.create_experiment(
                    name,
                    artifact_location=(self.folder / "mlruns").as_uri(),
                    tags={FOLDER_TAG: str(self.folder)},
                )
            mlflow.set_experiment(name)
