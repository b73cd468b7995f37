"""The project's own tests: run `pytest` in the project's folder."""

import csv
import sys
from pathlib import Path

from penstock.config import load_deploy, load_project
from penstock.testing import check_filter

PROJECT = Path(__file__).parent.parent
sys.path.insert(0, str(PROJECT / "packages" / "reply_filters" / "src"))


def rows(split: str) -> list[dict[str, str]]:
    with (PROJECT / "data" / f"{split}.csv").open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_the_project_and_its_targets_are_valid() -> None:
    assert load_project(PROJECT).name
    for target in ("staging", "production"):
        assert load_deploy(PROJECT, target).regions


def test_no_text_is_in_both_splits() -> None:
    assert not {row["text"] for row in rows("train")} & {row["text"] for row in rows("test")}


def test_the_projects_own_filter_keeps_the_contract() -> None:
    from reply_filters import SqueezeWhitespace

    check_filter(SqueezeWhitespace)


def test_every_label_of_the_test_split_is_trained() -> None:
    assert {row["label"] for row in rows("test")} <= {row["label"] for row in rows("train")}
