"""deploy: wrap, package, then carry the plan out, region by region."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass

from penstock.artifacts.manifest import sha256_file
from penstock.artifacts.masking import mask_url
from penstock.deployment.aws import Aws, connect
from penstock.deployment.executor import execute
from penstock.deployment.plan import Plan, Release, Step, make_plan
from penstock.errors import MachineError, NotFoundError
from penstock.localcloud.host import daemon
from penstock.stages.package import Packaged, package
from penstock.stages.project import Project
from penstock.stages.versions import aliased

__all__ = ["Deployed", "connector", "deploy"]


@dataclass(frozen=True, slots=True)
class Deployed:
    """What deploy did, or would do where `executed` is false."""

    target: str
    packaged: Packaged
    plan: Plan
    executed: bool


def deploy(
    project: Project,
    target: str = "staging",
    plan_only: bool = False,
    on_step: Callable[[Step], None] = lambda step: None,
    tell: Callable[[str], None] = lambda text: None,
) -> Deployed:
    """Deploy to a target; the registry's alias moves when every region serves.

    Parameters
    ----------
    project : the project.
    target : a file of `deploy/`, without its ending.
    plan_only : make the plan and do not carry it out.
    on_step : told of each step before it runs.
    tell : told which cloud is asked, where the target or the shell names another.

    Raises
    ------
    NotFoundError : production before anything is in staging.
    MachineError : the local host is not up.
    DeploymentError : a region did not come in service; later ones were left alone.
    """
    config = project.deploy(target)
    _require_staging(project, target)
    connection = connector(project, target, tell)
    packaged = package(project, target)
    plan = make_plan(target, config, _release(packaged))
    if not plan_only:
        execute(plan, connection, on_step)
        name, version = packaged.version.name, packaged.version.version
        project.client.set_registered_model_alias(name, target, version)
    return Deployed(target, packaged, plan, not plan_only)


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


def _require_staging(project: Project, target: str) -> None:
    if target != "staging" and aliased(project, project.config.name, "staging") is None:
        raise NotFoundError(
            f"nothing is in staging that '{target}' could take",
            where="deploy",
            hint="run `penstock deploy staging`",
        )


def _release(packaged: Packaged) -> Release:
    version, record = packaged.version, packaged.provenance
    return Release(
        name=version.name,
        version=version.version,
        digest=version.digest,
        archive=packaged.archive,
        archive_digest=sha256_file(packaged.archive),
        run_id=record.run_id,
        commit=record.commit,
        dataset=record.dataset["reference"],
    )
