"""The project that a command acts on."""

from __future__ import annotations

import os
from pathlib import Path

from penstock.stages.project import Project

__all__ = ["current_project", "project_folder"]


def project_folder() -> Path:
    """Return the folder of `-C`, or the current one."""
    return Path(os.environ.get("PENSTOCK_PROJECT", "."))


def current_project() -> Project:
    """Load the project in `project_folder`."""
    return Project.load(project_folder())
