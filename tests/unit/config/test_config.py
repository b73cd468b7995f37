"""penstock.yaml and deploy/*.yaml: every problem at once, each with where, what and what to do."""

from pathlib import Path
from typing import get_args

import pytest

from penstock.config import EngineName, load_deploy, load_project
from penstock.engines.spec import NAMES, TORCH
from penstock.errors import ConfigError, NotFoundError

PROJECT = "schema: 1\nname: intent\ndataset: replies\n"
DEPLOY = """
schema: 1
endpoint: intent-staging
regions: [us-east-1]
bucket: intent-models
role: arn:aws:iam::000000000000:role/penstock
image: penstock/scoring:1
"""

WRONG_PROJECTS = {
    "a misspelt key": (
        PROJECT + "stroe: x\n",
        ["penstock.yaml, stroe: unknown key; did you mean 'store'?"],
    ),
    "a misspelt nested key": (
        PROJECT + "train:\n  epoch: 3\n",
        ["penstock.yaml, train.epoch: unknown key; did you mean 'epochs'?"],
    ),
    "a missing key": ("schema: 1\nname: intent\n", ["penstock.yaml, dataset: is missing; add it"]),
    "a value out of range": (
        PROJECT + "train:\n  epochs: 0\n",
        ["penstock.yaml, train.epochs: 0: input should be greater than or equal to 1"],
    ),
    "a text for a number": (
        PROJECT + "train:\n  epochs: many\n",
        ["penstock.yaml, train.epochs: 'many': input should be a valid integer"],
    ),
    "a number that YAML takes for text": (
        PROJECT + "compare:\n- kind: sklearn\n  pipeline:\n  - sklearn.svm.SVC: {tol: 3e-5}\n",
        ["to YAML, 3e-5 is text: write 3.0e-5"],
    ),
    "a number without a point": (
        PROJECT + "train:\n  learning_rate: 3e-5\n",
        ["train.learning_rate: '3e-5': ", "to YAML, 3e-5 is text: write 3.0e-5"],
    ),
    "a number for a text": (PROJECT + "store: 1\n", ["store: 1: ", "quote it"]),
    "two problems": (
        "schema: 1\nname: Intent Model\nstroe: x\ndataset: replies\n",
        ["penstock.yaml, name: 'Intent Model'", "penstock.yaml, stroe: unknown key"],
    ),
    "no mapping": ("- a\n- b\n", ["penstock.yaml: must be a mapping of keys"]),
    "broken YAML": ("a: [1\nb: 2\n", ["penstock.yaml, line 2"]),
    "a later schema": (PROJECT.replace("schema: 1", "schema: 2"), ["penstock.yaml, schema: 2"]),
    "an object of Python": ("!!python/object/apply:os.getcwd []\n", ["penstock.yaml, line 1"]),
}


@pytest.mark.parametrize("name", WRONG_PROJECTS)
def test_a_wrong_project_file_names_every_problem(name: str, tmp_path: Path) -> None:
    text, expected = WRONG_PROJECTS[name]
    (tmp_path / "penstock.yaml").write_text(text)
    with pytest.raises(ConfigError) as caught:
        load_project(tmp_path)
    for part in expected:
        assert part in str(caught.value)
    assert caught.value.exit_code == 2


def test_a_project_file_has_defaults(tmp_path: Path) -> None:
    (tmp_path / "penstock.yaml").write_text(PROJECT)
    config = load_project(tmp_path)
    assert config.store == ".penstock/store"
    assert config.train.base_model.startswith("package:")


def test_a_folder_without_a_project_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="penstock init"):
        load_project(tmp_path)


def test_wrong_bytes_are_no_traceback(tmp_path: Path) -> None:
    (tmp_path / "penstock.yaml").write_bytes(b"name: \xff\xfe\n")
    with pytest.raises(ConfigError, match="is not UTF-8"):
        load_project(tmp_path)


WRONG_TARGETS = {
    "a region that is none": (
        DEPLOY.replace("us-east-1", "virginia"),
        "deploy/staging.yaml, regions[0]: 'virginia' is no AWS region; such as us-east-1",
    ),
    "a region twice": (DEPLOY.replace("us-east-1", "us-east-1, us-east-1"), "named twice"),
    "a misspelt key": (DEPLOY + "imge: x\n", "imge: unknown key; did you mean 'image'?"),
    "a misspelt nested key": (
        DEPLOY + "instance: {cuont: 2}\n",
        "instance.cuont: unknown key; did you mean 'count'?",
    ),
    "another cloud": (DEPLOY + "cloud: gcp\n", "cloud: 'gcp'"),
}


@pytest.mark.parametrize("name", WRONG_TARGETS)
def test_a_wrong_deployment_file_names_the_problem(name: str, tmp_path: Path) -> None:
    text, expected = WRONG_TARGETS[name]
    (tmp_path / "deploy").mkdir()
    (tmp_path / "deploy" / "staging.yaml").write_text(text)
    with pytest.raises(ConfigError) as caught:
        load_deploy(tmp_path, "staging")
    assert expected in str(caught.value)


def test_an_unknown_target_gets_a_suggestion(tmp_path: Path) -> None:
    (tmp_path / "deploy").mkdir()
    (tmp_path / "deploy" / "staging.yaml").write_text(DEPLOY)
    with pytest.raises(NotFoundError, match="did you mean 'staging'"):
        load_deploy(tmp_path, "stagin")


@pytest.mark.parametrize("target", ["../secret", "a/b", ""])
def test_a_target_is_a_name_and_no_path(target: str, tmp_path: Path) -> None:
    (tmp_path / "secret.yaml").write_text(DEPLOY)
    (tmp_path / "deploy").mkdir()
    with pytest.raises(NotFoundError):
        load_deploy(tmp_path, target)


def test_a_container_can_serve_every_engine_but_torch() -> None:
    assert get_args(EngineName) == tuple(name for name in NAMES if name != TORCH)


@pytest.mark.parametrize("weight", [None, "balanced", {"yes": 2, "no": 0.5}])
def test_classes_can_be_weighed(weight):
    from penstock.config import TrainConfig

    assert TrainConfig(class_weight=weight).class_weight == weight


@pytest.mark.parametrize("weight", ["balance", {"yes": 0}, {"yes": "2"}])
def test_a_wrong_weight_is_refused(weight):
    from penstock.config import TrainConfig

    with pytest.raises(ValueError, match="class_weight"):
        TrainConfig(class_weight=weight)
