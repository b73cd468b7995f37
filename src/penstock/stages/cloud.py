"""The cloud of a target: AWS, or the project's own host on this machine."""

from __future__ import annotations

import os
from collections.abc import Callable

from penstock.artifacts.masking import mask_url
from penstock.deployment.aws import Aws, connect
from penstock.errors import MachineError
from penstock.localcloud.host import daemon
from penstock.stages.project import Project

__all__ = ["connector"]


def connector(
    project: Project, target: str, tell: Callable[[str], None] = lambda text: None
) -> Callable[[str], Aws]:
    """Return what connects to a region of a target's cloud.

    `tell` hears of it where the target's file and the shell name different clouds.

    Raises
    ------
    MachineError : the cloud is this machine and the project's host is not up.
    """
    where = f"deploy/{target}.yaml"
    if project.deploy(target).cloud == "aws":
        return _to_aws(where, tell)
    host = daemon.status(project.state / "local")
    if host is None:
        raise MachineError(
            "the local SageMaker host is not up",
            where=f"{where}, cloud: local",
            hint="run `penstock local up`",
        )
    named = os.environ.get("AWS_ENDPOINT_URL", host.url)
    if named.rstrip("/") != host.url:
        tell(
            f"{where} says cloud: local, so this project's own host {host.url} is asked, "
            f"not {mask_url(named)} of AWS_ENDPOINT_URL"
        )
    return lambda region: connect(region, host.url)


def _to_aws(where: str, tell: Callable[[str], None]) -> Callable[[str], Aws]:
    """Connect to AWS, and tell once of each address that stands in for it."""
    told: set[str] = set()

    def to_region(region: str) -> Aws:
        facade = connect(region, None)
        if facade.stand_in and facade.stand_in not in told:
            told.add(facade.stand_in)
            tell(
                f"{where} says cloud: aws, and AWS's settings name another place, which is "
                f"asked: {mask_url(facade.stand_in)}; unset AWS_ENDPOINT_URL to reach AWS"
            )
        return facade

    return to_region
