"""`penstock.yaml`."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from penstock.config.candidates import Candidate
from penstock.config.section import NAME, EngineName, Section
from penstock.config.train import TrainConfig
from penstock.config.wrap import WrapConfig

__all__ = ["ProjectConfig", "TestConfig"]


class TestConfig(Section):
    """What `penstock test` looks at beside accuracy."""

    behaviour: str | None = Field(None, description="a YAML file of behavioural tests")
    slices: list[str] = Field(
        default_factory=list, description="columns of the test split to look at by value"
    )


class ProjectConfig(Section):
    """`penstock.yaml`."""

    format: Literal[1] = Field(1, alias="schema", description="of this file")
    name: str = Field(pattern=NAME, description="the model's name in the registry")
    store: str = Field(".penstock/store", description="folder or `s3://bucket/prefix`")
    dataset: str = Field(pattern=NAME, description="its labelled text: `dataset:<name>`")
    train: TrainConfig = Field(default_factory=TrainConfig)
    engines: list[Literal["auto"] | EngineName] = Field(
        ["auto"],
        min_length=1,
        description="engines a model keeps, the first serves; `auto` is int8 where it is as good",
    )
    test: TestConfig = Field(default_factory=TestConfig)
    wrap: WrapConfig | None = Field(None, description="the filters of every release")
    packages: list[str] = Field(default_factory=list, description="folders of private packages")
    compare: list[Annotated[Candidate, Field(discriminator="kind")]] = Field(
        default_factory=list, description="candidates of `penstock compare`, as below"
    )
