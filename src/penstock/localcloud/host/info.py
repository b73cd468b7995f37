"""What `up` and `status` tell of a host."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

__all__ = ["EndpointInfo", "HostInfo", "InstanceInfo"]


@dataclass(frozen=True, slots=True)
class InstanceInfo:
    """One process of a scoring container."""

    variant: str
    pid: int
    port: int
    ready: bool


@dataclass(frozen=True, slots=True)
class EndpointInfo:
    """An endpoint; `failure` is why its last change did not come in service."""

    region: str
    name: str
    status: str
    config: str
    failure: str | None
    instances: tuple[InstanceInfo, ...]


@dataclass(frozen=True, slots=True)
class HostInfo:
    """A running host.

    `started` tells the process from a later one with the same id, `owner` the folder of its
    state from a copy of it, and `folder` is where that was when the host started.
    """

    pid: int
    url: str
    started: str
    endpoints: tuple[EndpointInfo, ...] = ()
    owner: str = ""
    folder: str = ""

    def to_dict(self) -> dict[str, Any]:
        """Return plain values."""
        return asdict(self)

    @staticmethod
    def from_dict(values: Mapping[str, Any]) -> HostInfo:
        """Read what `to_dict` gave."""
        endpoints = tuple(_endpoint(item) for item in values.get("endpoints", ()))
        return HostInfo(
            values["pid"],
            values["url"],
            values["started"],
            endpoints,
            values.get("owner", ""),
            values.get("folder", ""),
        )


def _endpoint(values: Mapping[str, Any]) -> EndpointInfo:
    instances = tuple(InstanceInfo(**item) for item in values["instances"])
    return EndpointInfo(**{**values, "instances": instances})
