"""Telemetry of the libraries that Penstock uses: declined before one of them is imported."""

from __future__ import annotations

import os
import sys
from typing import Any

__all__ = ["decline"]

_VARIABLES = {"MLFLOW_DISABLE_TELEMETRY": "true", "HF_HUB_DISABLE_TELEMETRY": "1"}
"""They hold for the processes that this one starts, too."""


def decline() -> None:
    """Have OpenVINO, NNCF, MLflow and Hugging Face send nothing from here on.

    What a user has set one of these variables to stays. Needs no home directory and writes no file.
    """
    for name, value in _VARIABLES.items():
        os.environ.setdefault(name, value)
    _decline_openvino()
    _decline_mlflow()


def _decline_openvino() -> None:
    """Take away the package with which OpenVINO and NNCF send; they do without where it is not.

    OpenVINO sends an event while it is imported and asks no variable first.
    """
    known: Any = sys.modules.setdefault("openvino_telemetry", None)  # type: ignore[arg-type]
    if (sends := getattr(known, "Telemetry", None)) is not None:
        for name in ("init", "send_event", "start_session", "end_session"):
            setattr(sends, name, lambda *_, **__: None)


def _decline_mlflow() -> None:
    """Where MLflow was imported first, have it read its variable again."""
    client: Any = sys.modules.get("mlflow.telemetry.client")
    if client is not None:
        client.set_telemetry_client()
