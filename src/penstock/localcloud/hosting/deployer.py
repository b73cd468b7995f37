"""Turns a deployment into a fleet: fetch, extract, prepare the runtime, start."""

from __future__ import annotations

import logging
import shutil
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import Any

from penstock.errors import DeploymentError, PenstockError
from penstock.localcloud.hosting.archive import fetch
from penstock.localcloud.hosting.fleet import Fleet, Processes
from penstock.localcloud.hosting.instance import Launch
from penstock.localcloud.hosting.runtime import Runtime
from penstock.localcloud.hosting.variant import Deployment, Variant
from penstock.localcloud.log import event

__all__ = ["Deployer"]


class Deployer:
    """Builds fleets under the state directory.

    Parameters
    ----------
    root : where deployments are extracted and their logs are kept.
    runtime : prepares each model and says how to start it.
    s3 : gives a boto3 client of S3 in a region.
    """

    def __init__(
        self,
        root: Path,
        runtime: Runtime,
        s3: Callable[[str], Any],
        processes: Processes,
    ) -> None:
        self._root = root
        self._runtime = runtime
        self._s3 = s3
        self._processes = processes

    def build(
        self, region: str, endpoint: str, deployment: Deployment, cancelled: Callable[[], bool]
    ) -> Fleet:
        """Return a fleet whose every instance answers.

        Raises
        ------
        DeploymentError : with the variant, the reason and the tail of the process's log.
        """
        launches = {}
        for variant in deployment.variants:
            try:
                launches[variant.name] = self._launches(region, endpoint, deployment.id, variant)
            # Whatever a model or its wheels make fail is the endpoint's failure, not the host's.
            except Exception as error:
                event("variant.failed", level=logging.ERROR, error=True, variant=variant.name)
                raise _failed(variant, str(error)) from error
        weights = {variant.name: variant.weight for variant in deployment.variants}
        fleet = Fleet(launches, weights, self._processes)
        try:
            fleet.start(cancelled)
        except PenstockError as error:
            raise DeploymentError(
                f"The container did not pass the ping health check: {error}"
            ) from error
        return fleet

    def clean(self, deployment: Deployment) -> None:
        """Remove a deployment's files; its logs stay."""
        shutil.rmtree(self._root / "deployments" / deployment.id, ignore_errors=True)

    def keep_only(self, ids: Collection[str]) -> None:
        """Remove what a killed host left of deployments that nothing serves."""
        for folder in (self._root / "deployments").glob("*"):
            if folder.name not in ids:
                shutil.rmtree(folder, ignore_errors=True)

    def _launches(
        self, region: str, endpoint: str, deployment: str, variant: Variant
    ) -> list[Launch]:
        folder = self._root / "deployments" / deployment / variant.name
        model_dir = fetch(lambda: self._s3(region), variant.url, folder)
        command = tuple(self._runtime.prepare(model_dir))
        logs = self._root / "logs" / region / endpoint
        return [
            Launch(
                command=command,
                model_dir=model_dir,
                environment=_environment(variant.environment, region),
                log=logs / f"{variant.name}-{number}-{deployment}.log",
                timeout=variant.startup_seconds,
            )
            for number in range(variant.instances)
        ]


def _environment(given: Mapping[str, str], region: str) -> dict[str, str]:
    return {"AWS_REGION": region, "SAGEMAKER_REGION": region, **given}


def _failed(variant: Variant, reason: str) -> DeploymentError:
    return DeploymentError(f"Variant {variant.name} could not be prepared: {reason}")
