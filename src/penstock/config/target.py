"""`deploy/<target>.yaml`."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from penstock.config.section import Section
from penstock.config.wrap import WrapConfig

__all__ = ["REGION", "DeployConfig", "InstanceConfig"]

REGION = r"^[a-z]{2}(-[a-z]+)+-\d$"


class InstanceConfig(Section):
    """The machines behind an endpoint."""

    type: str = Field(
        "ml.c6i.large", pattern=r"^ml\.[a-z0-9-]+\.[a-z0-9]+$", description="SageMaker's name of it"
    )
    count: int = Field(1, ge=1, le=100, description="instances in each region")


class DeployConfig(Section):
    """`deploy/<target>.yaml`."""

    format: Literal[1] = Field(1, alias="schema", description="of this file")
    cloud: Literal["local", "aws"] = Field("local", description="this machine, or AWS")
    endpoint: str = Field(
        pattern=r"^[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}$", description="its name in every region"
    )
    regions: list[str] = Field(min_length=1, description="in the order they are deployed")
    bucket: str = Field(pattern=r"^[a-z0-9][a-z0-9.-]{1,50}$", description="`-<region>` is added")
    role: str = Field(
        pattern=r"^arn:aws[a-z-]*:iam::\d{12}:role/.+$", description="what SageMaker runs it as"
    )
    image: str = Field(description="the image that runs the container")
    instance: InstanceConfig = Field(default_factory=InstanceConfig)
    wrap: WrapConfig | None = Field(
        None, description="filters of its own, for a release of its own; keys as in `penstock.yaml`"
    )
