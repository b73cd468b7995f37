"""A production variant as it was deployed: config and model in one value that is kept.

SageMaker lets a config or a model be deleted while an endpoint serves it, so an endpoint
remembers what it was made from.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

__all__ = ["Deployment", "Variant"]

# What SageMaker grants a container to answer its first ping.
STARTUP_SECONDS = 480


@dataclass(frozen=True, slots=True)
class Variant:
    """One model behind an endpoint, how many processes, how much of the traffic."""

    name: str
    model: str
    url: str
    image: str
    environment: Mapping[str, str]
    instances: int
    weight: float
    startup_seconds: float = STARTUP_SECONDS

    @staticmethod
    def of(entry: Mapping[str, Any], model: Mapping[str, Any]) -> Variant:
        """Make a variant from an entry of ProductionVariants and a CreateModel request."""
        container = model.get("PrimaryContainer") or model["Containers"][0]
        timeout = entry.get("ContainerStartupHealthCheckTimeoutInSeconds", STARTUP_SECONDS)
        return Variant(
            name=entry["VariantName"],
            model=entry["ModelName"],
            url=container.get("ModelDataUrl", ""),
            image=container.get("Image", ""),
            environment=container.get("Environment", {}),
            instances=entry.get("InitialInstanceCount", 1),
            weight=entry.get("InitialVariantWeight", 1.0),
            startup_seconds=timeout,
        )


@dataclass(frozen=True, slots=True)
class Deployment:
    """What an endpoint serves, or is about to: a config, resolved.

    `id` names its folder, so two deployments of one endpoint never share files.
    """

    id: str
    config: str
    variants: tuple[Variant, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for the state file."""
        return asdict(self)

    @staticmethod
    def from_dict(values: Mapping[str, Any]) -> Deployment:
        """Read what `to_dict` wrote."""
        variants = tuple(Variant(**item) for item in values["variants"])
        return Deployment(values["id"], values["config"], variants)
