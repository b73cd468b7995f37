"""The cores of a container: those it may run on, no more than its quota pays for."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from penstock.engines import cores

TWO, ONE, PERIOD = "cpu.max", "cpu/cpu.cfs_quota_us", "cpu/cpu.cfs_period_us"
QUOTAS = {
    "version 2": ({TWO: "150000 100000\n"}, 1.5),
    "version 2, no limit": ({TWO: "max 100000\n"}, None),
    "version 1": ({ONE: "400000\n", PERIOD: "100000\n"}, 4.0),
    "version 1, no limit": ({ONE: "-1\n", PERIOD: "100000\n"}, None),
    "neither": ({}, None),
    "no period": ({TWO: "100000 0\n"}, None),
    "something else": ({TWO: "much\n"}, None),
}


@pytest.mark.parametrize("name", QUOTAS)
def test_the_quota_of_a_cgroup_is_read(name: str, tmp_path: Path) -> None:
    files, expected = QUOTAS[name]
    for path, content in files.items():
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_text(content)
    assert cores._quota(tmp_path) == expected


@pytest.mark.parametrize(
    ("quota", "expected"), [(None, 4), (2.9, 2), (0.5, 1), (4.0, 4), (64.0, 4)]
)
def test_a_quota_cuts_the_cores_but_not_below_one(
    quota: float | None, expected: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 1, 2, 3}, raising=False)
    monkeypatch.setattr(cores, "_quota", lambda: quota)
    assert cores.usable_cores() == expected
