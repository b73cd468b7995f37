"""What a model directory is called and how it is laid out, one reader for each format."""

from __future__ import annotations

from pathlib import Path

from mlflow.models import Model

from penstock.errors import IntegrityError, NotFoundError

__all__ = ["FLAVOR_NAME", "FORMAT", "MODULE", "PIPELINE", "check_format"]

FLAVOR_NAME = "penstock"
MODULE = "penstock.flavor"
"""What MLflow imports to load a model."""

FORMAT = 1
"""Version of the model directory's layout, in ``MLmodel``."""

PIPELINE = "pipeline.yaml"


def check_format(path: Path) -> None:
    """Raise where ``MLmodel`` is of another flavor or of a format that is not read here."""
    if not (path / "MLmodel").is_file():
        return
    flavors = Model.load(str(path / "MLmodel")).flavors
    if FLAVOR_NAME not in flavors:
        raise NotFoundError(
            "not a Penstock model",
            where=str(path / "MLmodel"),
            hint=f"its flavors: {', '.join(flavors)}",
        )
    found = flavors[FLAVOR_NAME].get("format")
    if found != FORMAT:
        raise IntegrityError(
            f"format {found} is unknown, this Penstock reads {FORMAT}",
            where=str(path / "MLmodel"),
            hint="upgrade penstock",
        )
