"""deploy: wrap, package, then carry the plan out, region by region."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from penstock.artifacts.manifest import sha256_file
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
) -> Deployed:
    """Deploy to a target; the registry's alias moves when every region serves.

    Raises
    ------
    NotFoundError : production before anything is in staging.
    MachineError : the local host is not up.
    DeploymentError : a region did not come in service; later ones were left alone.
    """
    config = project.deploy(target)
    _require_staging(project, target)
    connection = connector(project, target)
    packaged = package(project, target)
    plan = make_plan(target, config, _release(packaged))
    if not plan_only:
        execute(plan, connection, on_step)
        name, version = packaged.version.name, packaged.version.version
        project.client.set_registered_model_alias(name, target, version)
    return Deployed(target, packaged, plan, not plan_only)


def connector(project: Project, target: str) -> Callable[[str], Aws]:
    """Return what connects to a region of a target's cloud.

    Raises
    ------
    MachineError : the cloud is this machine and its host is not up.
    """
    if project.deploy(target).cloud == "aws":
        return lambda region: connect(region, None)
    host = daemon.status(project.state / "local")
    if host is None:
        raise MachineError(
            "the local SageMaker host is not up",
            where=f"deploy/{target}.yaml, cloud: local",
            hint="run `penstock local up`",
        )
    return lambda region: connect(region, host.url)


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
