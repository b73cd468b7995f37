"""A project that is moved or copied uses the files of the folder that it is in now."""

import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import mlflow
import pytest

from penstock.errors import MachineError
from penstock.stages.project import Project
from penstock.stages.versions import latest

NAMES = ["plain", "50% of ü"]
# In a process of its own, as a command is: SQLite refuses to write a file that was moved under it.
BEFORE = """
import sys
from pathlib import Path
import mlflow
from penstock.stages.project import Project
with Project.load(Path(sys.argv[1])).run("train") as run:
    mlflow.log_text("before", "note.txt")
print(run.info.run_id)
"""


@pytest.fixture(autouse=True)
def own_mlflow(monkeypatch, tmp_path):
    for name in ("MLFLOW_TRACKING_URI", "MLFLOW_EXPERIMENT_NAME", "MLFLOW_RUN_ID"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PENSTOCK_CACHE", str(tmp_path / "cache"))
    before = mlflow.get_tracking_uri()
    yield
    mlflow.set_tracking_uri(before)
    mlflow.set_registry_uri(None)


def project_in(folder: Path) -> Project:
    folder.mkdir()
    (folder / "penstock.yaml").write_text("schema: 1\nname: words\ndataset: words-texts\n")
    return Project.load(folder)


def logged(project: Project, text: str) -> str:
    with project.run("train") as run:
        mlflow.log_text(text, "note.txt")
    return run.info.run_id


def logged_before(project: Project) -> str:
    command = [sys.executable, "-c", BEFORE, str(project.folder)]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()[-1]


def read(project: Project, run_id: str) -> str:
    uri = project.client.get_run(run_id).info.artifact_uri
    assert uri.startswith((project.folder / "mlruns").as_uri())
    return Path(project.client.download_artifacts(run_id, "note.txt")).read_text()


@pytest.mark.parametrize("name", NAMES)
def test_a_moved_project_finds_its_runs_and_leaves_the_old_folder(name, tmp_path):
    old = project_in(tmp_path / name)
    run_id = logged_before(old)
    moved = Project.load(old.folder.rename(tmp_path / f"{name} moved"))
    assert moved.moved_from == old.folder
    assert read(moved, run_id) == "before"
    assert read(moved, logged(moved, "after")) == "after"
    assert not old.folder.exists()
    assert Project.load(moved.folder).moved_from is None


@pytest.mark.parametrize("name", NAMES)
def test_a_copied_project_writes_into_its_own_folder(name, tmp_path):
    old = project_in(tmp_path / name)
    run_id = logged_before(old)
    before = {path: path.stat().st_mtime_ns for path in old.folder.rglob("*")}
    copied = Project.load(Path(shutil.copytree(old.folder, old.folder / "copy")))
    assert read(copied, run_id) == "before"
    logged(copied, "after")
    shutil.rmtree(copied.folder)
    after = {path: path.stat().st_mtime_ns for path in old.folder.rglob("*")}
    assert after == before
    assert Project.load(old.folder).moved_from is None


def test_an_experiment_that_someone_put_elsewhere_stays_there(tmp_path):
    project = project_in(tmp_path / "one")
    logged_before(project)
    elsewhere, beside = (tmp_path / "big disk").as_uri(), str(tmp_path / "one" / "beside")
    with sqlite3.connect(project.folder / "mlflow.db") as db:
        db.executemany(
            "INSERT INTO experiments (name, artifact_location, lifecycle_stage) "
            "VALUES (?, ?, 'active')",
            [("mine", elsewhere), ("beside", beside)],
        )
    db.close()
    moved = Project.load(project.folder.rename(tmp_path / "two"))
    assert moved.client.get_experiment_by_name("mine").artifact_location == elsewhere
    beside = moved.client.get_experiment_by_name("beside").artifact_location
    assert beside == str(moved.folder / "beside")


def test_a_database_that_cannot_be_written_is_named(tmp_path):
    project = project_in(tmp_path / "one")
    logged_before(project)
    moved = project.folder.rename(tmp_path / "two")
    with sqlite3.connect(moved / "mlflow.db") as other:
        other.execute("BEGIN EXCLUSIVE")
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("penstock.stages.relocation.WAIT_SECONDS", 0.1)
            with pytest.raises(MachineError, match=r"mlflow\.db"):
                Project.load(moved)


MODEL = """
import sys
from pathlib import Path
from penstock.artifacts.manifest import digest, write_manifest
from penstock.stages.project import Project
from penstock.stages.versions import register
project, model = Project.load(Path(sys.argv[1])), Path(sys.argv[2])
(model / "classifier").mkdir(parents=True)
(model / "classifier" / "classifier.json").write_text("{}")
(model / "MLmodel").write_text("flavors: {}\\n")
write_manifest(model)
with project.run("train"):
    register(project, model, project.trained_name, {}, digest(model))
"""


def test_a_model_is_consumed_where_it_is_now(tmp_path):
    project = project_in(tmp_path / "one")
    command = [sys.executable, "-c", MODEL, str(project.folder), str(tmp_path / "model")]
    subprocess.run(command, check=True, capture_output=True)
    moved = Project.load(project.folder.rename(tmp_path / "two"))
    found = latest(moved, moved.trained_name, hint="")
    path = moved.store.consume(found.reference).path
    assert (path / "classifier" / "classifier.json").is_file()
    assert not project.folder.exists()
