"""The project that a command acts on."""

from __future__ import annotations

import os
from pathlib import Path

from penstock.cli.output import note
from penstock.stages.project import Project

__all__ = ["current_project", "project_folder"]


def project_folder() -> Path:
    """Return the folder of `-C`, or the current one."""
    return Path(os.environ.get("PENSTOCK_PROJECT", "."))


def current_project() -> Project:
    """Load the project in `project_folder`, and say where it was before it was moved."""
    project = Project.load(project_folder())
    if project.moved_from:
        verb = "copied" if (project.moved_from / "mlflow.db").is_file() else "moved"
        note(
            f"this project was {verb} from {project.moved_from}: mlflow.db now names the files "
            f"of {project.folder}"
        )
    return project
