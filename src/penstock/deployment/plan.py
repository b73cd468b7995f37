"""What a deployment will do, as data: the same for a look and for the run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from penstock.config import DeployConfig

__all__ = ["Plan", "Release", "Step", "make_plan"]


@dataclass(frozen=True, slots=True)
class Release:
    """A packaged model that is to be deployed.

    ``name`` and ``version`` are the registry's; ``digest`` is ``sha256:<hex>`` of the manifest;
    ``archive`` is the ``model.tar.gz`` on this machine; ``archive_digest`` names it in S3.
    """

    name: str
    version: str
    digest: str
    archive: Path
    archive_digest: str
    run_id: str | None = None
    commit: str | None = None
    dataset: str | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """One step in one region: an ``action`` of the AWS facade with its arguments."""

    region: str
    action: str
    arguments: Mapping[str, object]

    def named(self) -> str:
        """Return the resource that the step is about."""
        return str(self.arguments.get("name") or self.arguments.get("key") or "")

    def __str__(self) -> str:
        return f"{self.region}  {self.action.replace('_', ' ')}  {self.named()}".rstrip()


@dataclass(frozen=True, slots=True)
class Plan:
    """The steps of a deployment, in the order they run."""

    target: str
    endpoint: str
    steps: tuple[Step, ...]

    def to_dict(self) -> dict[str, object]:
        """Return what ``penstock deploy --plan --json`` prints."""
        steps = [
            {"region": s.region, "action": s.action, "arguments": _plain(s.arguments)}
            for s in self.steps
        ]
        return {"target": self.target, "endpoint": self.endpoint, "steps": steps}


def make_plan(target: str, config: DeployConfig, release: Release) -> Plan:
    """Plan a deployment, region by region in the file's order.

    Resource names carry version and digest, so a step that was already done is found done.
    """
    steps = [step for region in config.regions for step in _region(target, config, release, region)]
    return Plan(target, config.endpoint, tuple(steps))


def _region(target: str, config: DeployConfig, release: Release, region: str) -> list[Step]:
    bucket = f"{config.bucket}-{region}"
    key = f"models/{release.name}/{release.archive_digest.removeprefix('sha256:')}/model.tar.gz"
    resource = (
        f"{release.name}-{target}-v{release.version}-{release.digest.removeprefix('sha256:')[:8]}"
    )
    tags = _tags(target, release)
    return [
        Step(region, "ensure_bucket", {"name": bucket}),
        Step(region, "upload", {"bucket": bucket, "key": key, "path": release.archive}),
        Step(
            region,
            "create_model",
            {
                "name": resource,
                "image": config.image,
                "role": config.role,
                "url": f"s3://{bucket}/{key}",
                "environment": _environment(target, release),
                "tags": tags,
            },
        ),
        Step(
            region,
            "create_endpoint_config",
            {
                "name": resource,
                "model": resource,
                "instance_type": config.instance.type,
                "instance_count": config.instance.count,
                "tags": tags,
            },
        ),
        Step(
            region,
            "create_or_update_endpoint",
            {
                "name": config.endpoint,
                "config": resource,
                "tags": tags,
            },
        ),
        Step(region, "wait_in_service", {"name": config.endpoint, "config": resource}),
        Step(region, "smoke_test", {"name": config.endpoint, "version": release.version}),
    ]


def _environment(target: str, release: Release) -> dict[str, str]:
    return {
        "PENSTOCK_MODEL_NAME": release.name,
        "PENSTOCK_MODEL_VERSION": release.version,
        "PENSTOCK_MODEL_DIGEST": release.digest,
        "PENSTOCK_STAGE": target,
    }


def _tags(target: str, release: Release) -> dict[str, str]:
    tags = {
        "penstock:model": release.name,
        "penstock:version": release.version,
        "penstock:digest": release.digest,
        "penstock:stage": target,
        "penstock:run": release.run_id,
        "penstock:commit": release.commit,
        "penstock:dataset": release.dataset,
    }
    return {key: value for key, value in tags.items() if value}


def _plain(arguments: Mapping[str, object]) -> dict[str, object]:
    return {key: str(v) if isinstance(v, Path) else v for key, v in arguments.items()}
