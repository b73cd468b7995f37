"""What of a folder is published."""

from pathlib import Path

from penstock.artifacts.source import source_files

LITTER = [".DS_Store", "._train.csv", "Thumbs.db", "thumbs.db", "~$train.xlsx", ".~lock.a.csv#"]


def test_what_desktops_leave_stays_out_of_data_sets(tmp_path: Path) -> None:
    (tmp_path / "more").mkdir()
    for name in [*LITTER, "train.csv", "more/.DS_Store", "more/.keep"]:
        (tmp_path / name).touch()
    found = [name for name, _ in source_files(tmp_path, litter=False)]
    assert found == ["more/.keep", "train.csv"]
    assert len(source_files(tmp_path)) == len(LITTER) + 3
