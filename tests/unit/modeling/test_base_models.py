"""A base model that is a path is looked for in the project first, whatever the current folder."""

from pathlib import Path

import pytest

from penstock.modeling.base_models import below, is_hub_id

KEPT = ["package:some_package/model", "model:base@1", "stranger/model", "bert-base-uncased"]


@pytest.mark.parametrize("text", ["bases/small", "./bases/small", "bases/../bases/small"])
def test_a_path_of_the_project_is_a_path(text: str, tmp_path: Path) -> None:
    folder = tmp_path / "bases" / "small"
    folder.mkdir(parents=True)
    assert below(text, tmp_path) == str(folder)
    assert not is_hub_id(below(text, tmp_path))


def test_an_absolute_path_and_one_of_the_current_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "base").mkdir()
    (tmp_path / "project").mkdir()
    monkeypatch.chdir(tmp_path)
    for text in ("base", str(tmp_path / "base")):
        assert below(text, tmp_path / "project") == str(tmp_path / "base")


@pytest.mark.parametrize("text", KEPT)
def test_what_is_no_folder_stays(text: str, tmp_path: Path) -> None:
    assert below(text, tmp_path) == text
    assert is_hub_id(text) == (text in KEPT[2:])
