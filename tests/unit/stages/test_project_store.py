"""Where a project's store is."""

from pathlib import Path

import pytest

from penstock.stages.project import Project


@pytest.mark.parametrize(
    ("store", "at"),
    [("~/x", "home/x"), ("x", "project/x"), (".penstock/store", "project/.penstock/store")],
)
def test_a_home_is_expanded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, store, at) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "penstock.yaml").write_text(f"schema: 1\nname: x\ndataset: x\nstore: {store}\n")
    assert Project.load(folder).store.url == str(tmp_path / at)
