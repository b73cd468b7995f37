"""`wrap:` moves from the deployment files to penstock.yaml, and nothing else changes."""

from pathlib import Path

import pytest
from test_declared import project, wrap

from penstock.stages.declared import declared
from penstock.stages.project import Project
from penstock.stages.upgrade import plan_upgrade

COMMENTED = "# what answers are held back\n" + wrap(0.7) + "    # the end\n"
BELOW = "\n# the machines\ninstance:\n  count: 2\n"


def thresholds(found: Project) -> dict[str, object]:
    return {name: declared(found, name).config for name in found.targets()}


CASES = {
    # shared, targets, files that change, targets that keep their own
    "two alike": ("", {"staging": wrap(0.7), "production": wrap(0.7)}, 3, []),
    "two that differ": ("", {"staging": wrap(0.7), "production": wrap(0.9)}, 2, ["production"]),
    "one without": ("", {"staging": wrap(0.7), "production": ""}, 2, []),
    "comments, and keys below": ("", {"staging": COMMENTED + BELOW}, 2, []),
    "upgraded already": (wrap(0.7), {"staging": ""}, 0, []),
    "killed half-way": (wrap(0.7), {"staging": wrap(0.7), "production": ""}, 1, []),
    "staging without": ("", {"staging": "", "production": wrap(0.9)}, 0, ["production"]),
    "no file of staging": ("", {"production": wrap(0.9)}, 0, ["production"]),
    "none": ("", {"staging": ""}, 0, []),
}


@pytest.mark.parametrize("name", CASES)
def test_every_target_keeps_its_filters(name: str, tmp_path: Path) -> None:
    shared, targets, changed, kept = CASES[name]
    before = project(tmp_path, shared, **targets)
    planned = plan_upgrade(before)
    assert (len(planned.changes), planned.kept) == (changed, kept)
    expected = thresholds(before)
    planned.write()
    after = Project.load(tmp_path)
    assert thresholds(after) == expected
    assert plan_upgrade(after).changes == []
    assert after.config.wrap is not None or not changed


def test_comments_and_other_keys_stay(tmp_path: Path) -> None:
    planned = plan_upgrade(project(tmp_path, staging=COMMENTED + BELOW))
    planned.write()
    target = (tmp_path / "deploy" / "staging.yaml").read_text()
    assert target.endswith("image: penstock/scoring:1\n\n# the machines\ninstance:\n  count: 2\n")
    moved = (tmp_path / "penstock.yaml").read_text()
    assert "# what answers are held back\nwrap:\n" in moved
    assert "# the end" in moved


def test_the_diff_names_each_file(tmp_path: Path) -> None:
    planned = plan_upgrade(project(tmp_path, staging=wrap(0.7)))
    first, second = (change.diff() for change in planned.changes)
    assert first.startswith("--- a/penstock.yaml\n+++ b/penstock.yaml\n")
    assert "+      threshold: 0.7\n" in first
    assert "-      threshold: 0.7\n" in second
