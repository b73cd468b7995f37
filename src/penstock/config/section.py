"""What every block of a configuration file shares."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict

__all__ = ["NAME", "EngineName", "Section"]

NAME = r"^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$"
EngineName = Literal[
    "openvino-int8",
    "openvino-int8-weights",
    "openvino-fp32",
    "onnxruntime-int8",
    "onnxruntime-fp32",
]
"""Those that a container can serve: its archive leaves the weights out that torch needs."""


class Section(BaseModel):
    """A block of YAML: no unknown keys, no silent conversions, frozen."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)
