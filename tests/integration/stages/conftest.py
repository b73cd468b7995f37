"""A small project whose stages run in seconds."""

import pytest


@pytest.fixture(scope="session")
def base(tmp_path_factory):
    from small_project import make_base_model

    return make_base_model(tmp_path_factory.mktemp("base"))


@pytest.fixture(autouse=True)
def no_mlflow_of_the_machine(monkeypatch):
    # MLflow itself sets the first of these, when a project is opened.
    for name in ("TRACKING_URI", "REGISTRY_URI", "EXPERIMENT_NAME", "EXPERIMENT_ID", "RUN_ID"):
        monkeypatch.delenv(f"MLFLOW_{name}", raising=False)


@pytest.fixture
def project(base, tmp_path):
    """A project with its data set published."""
    from small_project import write_data, write_project

    from penstock.stages.project import Project
    from penstock.stages.publish import publish

    project = Project.load(write_project(tmp_path / "words", base))
    publish(project, "dataset:replies", write_data(tmp_path / "words" / "data"))
    return project
