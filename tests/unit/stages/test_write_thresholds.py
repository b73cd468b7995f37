"""Chosen thresholds go into the file whose `wrap:` a target gets."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from penstock.config import load_project
from penstock.errors import ConfigError
from penstock.evaluation.holdback import choose_thresholds
from penstock.stages.project import Project
from penstock.stages.thresholds import Chosen, wrap_file, write

PROJECT = "schema: 1\nname: intent\ndataset: replies\n"
DEPLOY = """
endpoint: intent-staging
regions: [us-east-1]
bucket: intent-models
role: arn:aws:iam::000000000000:role/penstock
image: penstock/scoring:1
"""
WRAP = "wrap:\n  after:\n    - filter: suppress_below  # unsure\n      threshold: 0.5\n"


def project(folder: Path, staging: str = WRAP) -> Project:
    (folder / "deploy").mkdir()
    (folder / "penstock.yaml").write_text(PROJECT)
    (folder / "deploy" / "staging.yaml").write_text(DEPLOY + staging)
    return Project(folder, load_project(folder))


def chosen() -> Chosen:
    scores = np.array([[0.9, 0.1], [0.2, 0.8]] * 10)
    found = choose_thresholds(["no", "yes"] * 10, scores, ["no", "yes"], precision=0.9)
    return Chosen(None, "x", 20, False, ["no", "yes"], found)  # type: ignore[arg-type]


def test_the_file_of_a_target_is_changed_and_keeps_its_comments(tmp_path: Path) -> None:
    assert write(project(tmp_path), chosen()) == "deploy/staging.yaml"
    text = (tmp_path / "deploy" / "staging.yaml").read_text()
    assert text.startswith(DEPLOY) and "suppress_below  # unsure" in text
    assert text.count("suppress_below") == 1 and "'no': " in text


def test_what_would_be_wrong_is_not_written(tmp_path: Path) -> None:
    renamed = WRAP.replace(
        "after:\n", "after:\n    - filter: map_labels\n      labels: {yes: Go}\n"
    )
    found = project(tmp_path, renamed.replace("yes:", "'yes':"))
    with pytest.raises(ConfigError, match="label 'yes' is none of the model's"):
        write(found, chosen())
    assert (tmp_path / "deploy" / "staging.yaml").read_text().count("0.5") == 1


def test_the_projects_own_wrap_comes_before_a_target_without_one(tmp_path: Path) -> None:
    project(tmp_path, "")
    (tmp_path / "penstock.yaml").write_text(PROJECT + WRAP)
    found = Project.load(tmp_path)
    assert wrap_file(found, None) == wrap_file(found, "staging") == "penstock.yaml"
    (tmp_path / "deploy" / "staging.yaml").write_text(DEPLOY + WRAP)
    assert wrap_file(found, "staging") == "deploy/staging.yaml"
