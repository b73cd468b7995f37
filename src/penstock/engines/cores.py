"""The cores this process may use."""

from __future__ import annotations

import os
from pathlib import Path

__all__ = ["usable_cores"]

CGROUP = Path("/sys/fs/cgroup")


def usable_cores() -> int:
    """Return the cores this process may use: affinity, cut by the cgroup's CPU quota."""
    affinity = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    quota = _quota()
    cores = affinity or 1
    return max(1, min(cores, int(quota))) if quota else cores


def _quota(root: Path = CGROUP) -> float | None:
    """Return the cores a cgroup grants (version 2, then 1), or None where there is no limit."""
    try:
        quota, period = (root / "cpu.max").read_text().split()
    except (OSError, ValueError):
        try:
            quota = (root / "cpu/cpu.cfs_quota_us").read_text()
            period = (root / "cpu/cpu.cfs_period_us").read_text()
        except OSError:
            return None
    try:
        cores = int(quota) / int(period)
    except (ValueError, ZeroDivisionError):
        return None
    return cores if cores > 0 else None
