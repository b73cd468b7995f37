"""The train stage goes on with a training that was stopped, and leaves no checkpoint behind."""

import csv
import subprocess
import sys
from pathlib import Path

import mlflow
import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "unit" / "modeling"))

from tiny_models import make_base_model, toy_set

from penstock.config import TrainConfig
from penstock.modeling import checkpoints
from penstock.provenance.git import GitState
from penstock.stages.project import Project
from penstock.stages.publish import publish
from penstock.stages.train import train


@pytest.fixture
def project(tmp_path, monkeypatch):
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    folder, split = tmp_path / "project", tmp_path / "replies"
    folder.mkdir()
    split.mkdir()
    (folder / "penstock.yaml").write_text("schema: 1\nname: intent\ndataset: replies\n")
    subprocess.run(["git", "init", "-q", folder], check=True)
    texts, labels = toy_set()
    for part, ending in (("train", ""), ("test", " e")):
        with (split / f"{part}.csv").open("w", newline="") as file:
            rows = zip((text + ending for text in texts), labels, strict=True)
            csv.writer(file).writerows([("text", "label"), *dict(rows).items()])
    project = Project.load(folder)
    publish(project, "dataset:replies", split)
    return project


def test_a_stopped_training_goes_on(project, tmp_path, monkeypatch):
    base = str(make_base_model(tmp_path / "base"))
    parameters = TrainConfig(base_model=base, epochs=2, batch_size=8, max_length=16)
    unknown = GitState(reason="git is not installed")
    monkeypatch.setattr("penstock.stages.train.git_state", lambda folder: unknown)
    monkeypatch.setattr(checkpoints, "LEAST_SECONDS", 0.0)
    monkeypatch.setattr(checkpoints, "SHARE", 1e9)
    write = checkpoints.Checkpoint.write

    def die_at_the_third_step(self, state):
        write(self, state)
        if state.numbers["step"] == 2:
            raise KeyboardInterrupt

    told = []
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(checkpoints.Checkpoint, "write", die_at_the_third_step)
        train(project, parameters=parameters, tell=told.append)
    assert len(told) == 1 and "names no commit: git is not installed" in told[0]
    assert len(list((project.state / "checkpoints").iterdir())) == 1
    done = train(project, parameters=parameters, tell=told.append)
    assert told[-1] == "going on with a training that was stopped in epoch 1 of 2"
    assert mlflow.get_run(done.run_id).data.tags["penstock.resumed"] == "epoch 1 of 2"
    assert list((project.state / "checkpoints").iterdir()) == []
