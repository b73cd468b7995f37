"""Where filters may stand, and whose they are."""

from pathlib import Path

import pytest

from penstock.stages.declared import declared
from penstock.stages.project import Project

PROJECT = "schema: 1\nname: intent\ndataset: replies\n"
TARGET = """schema: 1
endpoint: intent-{name}
regions: [us-east-1]
bucket: intent-models
role: arn:aws:iam::000000000000:role/penstock
image: penstock/scoring:1
"""


def wrap(threshold: float) -> str:
    return f"wrap:\n  after:\n    - filter: suppress_below\n      threshold: {threshold}\n"


def project(folder: Path, shared: str = "", **targets: str) -> Project:
    (folder / "deploy").mkdir()
    (folder / "penstock.yaml").write_text(PROJECT + shared)
    for name, own in targets.items():
        (folder / "deploy" / f"{name}.yaml").write_text(TARGET.format(name=name) + own)
    return Project.load(folder)


CASES = {
    # files; target; threshold, where, whose, whether it is an early project
    "the project's": (wrap(0.5), {"staging": ""}, "staging", 0.5, "penstock.yaml", None, False),
    "without a target": (wrap(0.5), {"staging": ""}, None, 0.5, "penstock.yaml", None, False),
    "a target's own": (
        wrap(0.5), {"staging": "", "production": wrap(0.9)},
        "production", 0.9, "deploy/production.yaml", "production", False,
    ),
    "staging's own": (
        wrap(0.5), {"staging": wrap(0.9)}, "staging", 0.9, "deploy/staging.yaml", "staging", False,
    ),
    "early: staging's are all's": (
        "", {"staging": wrap(0.7), "production": ""},
        "staging", 0.7, "deploy/staging.yaml", None, True,
    ),
    "early: without a target": (
        "", {"staging": wrap(0.7)}, None, 0.7, "deploy/staging.yaml", None, True,
    ),
    "early: production without any": (
        "", {"staging": wrap(0.7), "production": ""},
        "production", 0.7, "deploy/staging.yaml", None, True,
    ),
    "early: production's own": (
        "", {"staging": wrap(0.7), "production": wrap(0.9)},
        "production", 0.9, "deploy/production.yaml", "production", True,
    ),
    "only production's": (
        "", {"staging": "", "production": wrap(0.9)},
        "production", 0.9, "deploy/production.yaml", "production", False,
    ),
    "none at all": ("", {"staging": ""}, "staging", None, "penstock.yaml", None, False),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_filters_are_found_where_they_stand(name: str, tmp_path: Path) -> None:
    shared, targets, target, threshold, file, own, early = CASES[name]
    found = declared(project(tmp_path, shared, **targets), target)
    assert [item["threshold"] for item in found.config.after] == [threshold] * bool(threshold)
    assert found.where == f"{file}, wrap"
    assert found.own == own
    assert bool(found.notice) == early
    assert not early or "penstock upgrade" in str(found.notice)
