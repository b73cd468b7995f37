"""A project with two easy classes, its MLflow in SQLite, no network."""

import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import mlflow
import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "unit" / "modeling"))

from penstock.stages.labelled import LabelledText, write_csv
from penstock.stages.project import Project
from penstock.stages.publish import publish

HEAD = "schema: 1\nname: words\ndataset: words\n"


def easy(count: int, start: int = 0) -> LabelledText:
    said = (("good", "great", "fine"), ("bad", "awful", "poor"))
    rows = [(f"{said[at % 2][at % 3]} no. {at + start}", "yn"[at % 2]) for at in range(count)]
    return LabelledText([text for text, _ in rows], [label for _, label in rows])


@pytest.fixture(scope="session")
def empty_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """MLflow's tables, made once: its migrations take seconds."""
    path = tmp_path_factory.mktemp("database") / "mlflow.db"
    mlflow.MlflowClient(f"sqlite:///{path}").search_experiments(max_results=1)
    return path


@pytest.fixture
def project(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, empty_database: Path
) -> Callable[[str], Project]:
    """Make the project compare what is given as YAML; called again, it is the same project."""
    for name in ("MLFLOW_TRACKING_URI", "MLFLOW_RUN_ID", "MLFLOW_EXPERIMENT_NAME"):
        monkeypatch.delenv(name, raising=False)
    folder = tmp_path / "words"
    (folder / "data").mkdir(parents=True)
    write_csv(folder / "data" / "train.csv", easy(60))
    write_csv(folder / "data" / "test.csv", easy(4, start=100))
    (folder / "penstock.yaml").write_text(HEAD)
    shutil.copy(empty_database, folder / "mlflow.db")
    publish(Project.load(folder), "dataset:words", folder / "data")
    before = mlflow.get_tracking_uri(), mlflow.get_registry_uri()

    def compares(text: str) -> Project:
        (folder / "penstock.yaml").write_text(HEAD + "compare:\n" + text)
        return Project.load(folder)

    yield compares
    mlflow.set_tracking_uri(before[0])
    mlflow.set_registry_uri(before[1])
