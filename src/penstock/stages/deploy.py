"""deploy: carry a release to a target, region by region."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from penstock.config import DeployConfig
from penstock.deployment.executor import execute
from penstock.deployment.plan import Plan, Step, make_plan
from penstock.stages.claim import claim, who
from penstock.stages.cloud import connector
from penstock.stages.project import Project
from penstock.stages.release import choose, notices, pack
from penstock.stages.versions import Version

__all__ = ["Deployed", "deploy"]


@dataclass(frozen=True, slots=True)
class Deployed:
    """What deploy did, or would do where `executed` is false.

    `notices` are what a user should know of the filters that the release holds, and of its code.
    """

    target: str
    version: Version
    plan: Plan
    notices: list[str]
    executed: bool


def deploy(
    project: Project,
    target: str = "staging",
    release: str | None = None,
    plan_only: bool = False,
    wait: bool = False,
    on_step: Callable[[Step | str], None] = lambda step: None,
    tell: Callable[[str], None] = lambda text: None,
) -> Deployed:
    """Deploy a release to a target; the registry's alias moves when every region serves.

    Parameters
    ----------
    project, target : where to.
    release : number of a packaged version; default as `penstock.stages.release.choose`.
    plan_only : change no cloud.
    wait : for another deployment of the target to end; else it is an error.
    on_step : told of each step before it runs, and of what is waited for.
    tell : told which cloud is asked, where the target or the shell names another.

    Raises
    ------
    NotFoundError : there is no such release, or nothing in staging that could be taken.
    MachineError : the local host is not up.
    IntegrityError : the release's archive is not what was registered.
    DeploymentError : another deployment is under way, or a region did not come in service;
        later ones were left alone.
    """
    config = project.deploy(target)
    connection = connector(project, target, tell)
    if plan_only:
        return _planned(project, target, config, release)
    with claim(project, target, wait, on_step):
        done = _planned(project, target, config, release, executed=True)
        for region in config.regions:
            connection(region).settle(config.endpoint, wait, on_step)
        execute(done.plan, connection, on_step)
        name, number = done.version.name, done.version.version
        project.client.set_registered_model_alias(name, target, number)
    return done


def _planned(
    project: Project,
    target: str,
    config: DeployConfig,
    release: str | None,
    executed: bool = False,
) -> Deployed:
    version = choose(project, target, release)
    packed, record = pack(project, version)
    plan = make_plan(target, config, packed, by=who())
    return Deployed(target, version, plan, notices(project, target, version, record), executed)
