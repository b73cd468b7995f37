"""A project's private filters travel in the wrapped model: MLflow loads it anywhere."""

import json
import os
import shutil
import subprocess
import sys
from importlib.resources import files
from pathlib import Path

import pytest

from penstock.artifacts.manifest import digest, verify
from penstock.filters import registry
from penstock.stages.project import Project
from penstock.stages.train import train
from penstock.stages.wrap import wrap

PACKAGE = Path(str(files("penstock") / "templates/project/packages/reply_filters"))
BACKEND = '[build-system]\nrequires = ["setuptools"]\nbuild-backend = "setuptools.build_meta"\n'
WORDS = """
[project]
name = "own-words"
version = "2.0"
"""
PREDICT = """
import json, sys, mlflow
mlflow.set_tracking_uri(sys.argv[1])
model = mlflow.pyfunc.load_model("models:/words-wrapped/1")
print(json.dumps(model.predict(["yes \\n  please"])["status"].tolist()))
"""


@pytest.fixture
def private(project, monkeypatch):
    """A trained project with the template's own filter, which imports a second private package."""
    pytest.importorskip("setuptools")
    monkeypatch.setattr(sys, "path", list(sys.path))  # wrap adds the packages to it
    monkeypatch.setenv("PIP_NO_BUILD_ISOLATION", "1")  # setuptools of this environment, no index
    packages = project.folder / "packages"
    shutil.copytree(PACKAGE, packages / "reply_filters")
    about = packages / "reply_filters" / "pyproject.toml"
    about.write_text(BACKEND + about.read_text().partition("[project]")[2].join(["[project]", ""]))
    module = packages / "reply_filters/src/reply_filters/__init__.py"
    module.write_text(module.read_text() + "\nimport own_words  # noqa\n")
    (packages / "own_words" / "src" / "own_words").mkdir(parents=True)
    (packages / "own_words" / "src" / "own_words" / "__init__.py").write_text("A = 1\n")
    (packages / "own_words" / "pyproject.toml").write_text(BACKEND + WORDS)
    with (project.folder / "penstock.yaml").open("a") as file:
        file.write("packages: [packages/reply_filters, packages/own_words]\n")
        file.write("wrap: {before: [{filter: squeeze_whitespace}]}\n")
    project = Project.load(project.folder)
    train(project)
    registry.refresh()
    yield project
    monkeypatch.undo()
    registry.refresh()
    for name in ("reply_filters", "own_words"):
        sys.modules.pop(name, None)


def test_mlflow_loads_a_wrapped_version_where_no_filter_is_installed(private):
    made = wrap(private)
    folder = private.store.consume(made.version.reference).path
    names = {file.path for file in verify(folder) if file.path.startswith("wheels/")}
    assert {name.partition("-")[0] for name in names if name.endswith(".whl")} == {
        "wheels/reply_filters",
        "wheels/own_words",
    }
    needed = (folder / "requirements.txt").read_text()
    assert "reply" not in needed and "own" not in needed  # no index has them
    environment = {k: v for k, v in os.environ.items() if not k.startswith("MLFLOW_")}
    command = [sys.executable, "-c", PREDICT, private.tracking_uri]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, cwd="/")
    assert done.returncode == 0, done.stderr[-2000:]
    assert json.loads(done.stdout) == ["scored"]
    again = wrap(private)
    assert again.version == made.version and not again.created
    assert digest(folder) == made.version.digest


def test_changed_code_of_a_filter_is_another_wrapped_version(private):
    first = wrap(private)
    with (private.folder / "packages/own_words/src/own_words/__init__.py").open("a") as file:
        file.write("B = 2\n")
    second = wrap(private)
    assert second.created and second.version.digest != first.version.digest
    assert second.classifier_digest == first.classifier_digest
