"""`wrap:`, the filters around a model."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from penstock.config.section import EngineName, Section

__all__ = ["WrapConfig"]


class WrapConfig(Section):
    """The filters around the model, as `pipeline.yaml` has them."""

    engine: EngineName | None = Field(
        None, description="which of the model's engines serves; default, the model's own choice"
    )
    before: list[dict[str, Any]] = Field(
        default_factory=list, description="filters before the model, in order"
    )
    after: list[dict[str, Any]] = Field(
        default_factory=list, description="filters after it, in order"
    )
