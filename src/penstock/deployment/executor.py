"""Runs a plan, step by step, and stops at the first that fails."""

from __future__ import annotations

from collections.abc import Callable

from penstock.deployment.aws import Aws
from penstock.deployment.plan import Plan, Step

__all__ = ["execute"]


def execute(
    plan: Plan,
    connect: Callable[[str], Aws],
    on_step: Callable[[Step | str], None] = lambda step: None,
) -> None:
    """Run every step of a plan in its order.

    Parameters
    ----------
    plan : from `make_plan`.
    connect : gives the facade of a region; called once for each region.
    on_step : told of each step before it runs.

    Raises
    ------
    DeploymentError : from the step that failed; later regions keep what they served.
    """
    facades: dict[str, Aws] = {}
    for step in plan.steps:
        on_step(step)
        facade = facades.get(step.region) or facades.setdefault(step.region, connect(step.region))
        getattr(facade, step.action)(**step.arguments)
