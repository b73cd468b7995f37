"""The one facade to AWS: boto3 in, plain values and Penstock's errors out, one region each.

Each action may be run again: what is there already is left as it is.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError

from penstock.errors import DeploymentError, InputError, MachineError, NotFoundError, did_you_mean
from penstock.loopback import is_loopback

__all__ = ["Answer", "Aws", "connect"]

POLL_SECONDS = 0.5
IN_PROGRESS = ("Creating", "Updating", "SystemUpdating", "RollingBack", "Deleting")
SMOKE_TEXT = "Thanks for reaching out. Could you send me more details?"


@dataclass(frozen=True, slots=True)
class Answer:
    """What an endpoint answered: the decoded body and the headers SageMaker adds."""

    body: dict[str, Any]
    variant: str | None
    custom_attributes: str | None


def connect(region: str, endpoint_url: str | None) -> Aws:
    """Return the facade of a region.

    Parameters
    ----------
    region : such as ``us-east-1``.
    endpoint_url : a local host's address, whatever ``AWS_ENDPOINT_URL`` says; default, AWS
        itself or what AWS's own settings name in its place.
    """
    # The local host asks for no real identity; AWS's own chain is used everywhere else.
    known = {"aws_access_key_id": "local", "aws_secret_access_key": "local"} if endpoint_url else {}
    session = boto3.Session(region_name=region, **known)
    return Aws(region, endpoint_url, session)


class Aws:
    """SageMaker, its runtime and S3 in one region."""

    def __init__(self, region: str, endpoint_url: str | None, session: boto3.Session) -> None:
        retrying = Config(retries={"mode": "standard", "max_attempts": 4})
        self.region = region
        self.endpoint_url = endpoint_url
        self._sagemaker = _client(session, "sagemaker", endpoint_url, retrying)
        self._runtime = _client(session, "sagemaker-runtime", endpoint_url, Config())
        self._s3 = _client(session, "s3", endpoint_url, retrying)

    @property
    def addresses(self) -> tuple[str, ...]:
        """The addresses that are asked: one, or those of SageMaker, its runtime and S3."""
        clients = (self._sagemaker, self._runtime, self._s3)
        return tuple(dict.fromkeys(str(client.meta.endpoint_url) for client in clients))

    @property
    def stand_in(self) -> str | None:
        """What AWS's own settings, such as ``AWS_ENDPOINT_URL``, name in AWS's place."""
        if self.endpoint_url:
            return None
        others = [url for url in self.addresses if ".amazonaws." not in url]
        return ", ".join(others) or None

    def ensure_bucket(self, name: str) -> None:
        """Create a bucket unless it is there."""
        with self._errors(f"bucket {name}"):
            try:
                self._s3.head_bucket(Bucket=name)
            except ClientError as error:
                if _status(error) != 404:
                    raise
                self._s3.create_bucket(Bucket=name, **_location(self.region))

    def upload(self, bucket: str, key: str, path: Path) -> None:
        """Upload a file; a key holds its content's digest, so one of the same size is the same."""
        with self._errors(f"s3://{bucket}/{key}"):
            if self._size(bucket, key) != path.stat().st_size:
                self._s3.upload_file(str(path), bucket, key)

    def create_model(
        self,
        name: str,
        image: str,
        role: str,
        url: str,
        environment: Mapping[str, str],
        tags: Mapping[str, str],
    ) -> None:
        """CreateModel."""
        container = {"Image": image, "ModelDataUrl": url, "Environment": dict(environment)}
        with self._errors(f"model {name}"), _already_there():
            self._sagemaker.create_model(
                ModelName=name, PrimaryContainer=container, ExecutionRoleArn=role, Tags=_tags(tags)
            )

    def create_endpoint_config(
        self,
        name: str,
        model: str,
        instance_type: str,
        instance_count: int,
        tags: Mapping[str, str],
    ) -> None:
        """CreateEndpointConfig with one variant that takes all traffic."""
        variant = {
            "VariantName": "main",
            "ModelName": model,
            "InstanceType": instance_type,
            "InitialInstanceCount": instance_count,
            "InitialVariantWeight": 1.0,
        }
        with self._errors(f"endpoint config {name}"), _already_there():
            self._sagemaker.create_endpoint_config(
                EndpointConfigName=name, ProductionVariants=[variant], Tags=_tags(tags)
            )

    def create_or_update_endpoint(self, name: str, config: str, tags: Mapping[str, str]) -> None:
        """CreateEndpoint, or UpdateEndpoint where it serves another config."""
        with self._errors(f"endpoint {name}"):
            live = self._describe(name)
            if live is None:
                self._sagemaker.create_endpoint(
                    EndpointName=name, EndpointConfigName=config, Tags=_tags(tags)
                )
            elif live["EndpointStatus"] == "Failed":
                self._replace(name, config, tags)
            elif live["EndpointConfigName"] != config:
                self._sagemaker.update_endpoint(EndpointName=name, EndpointConfigName=config)

    def wait_in_service(self, name: str, config: str, timeout: float = 900) -> None:
        """Wait until the endpoint serves this very config.

        boto3's own waiter reads an update that was rolled back as success; the live
        config's name tells them apart.

        Raises
        ------
        DeploymentError : it failed, was rolled back, or took longer than `timeout` seconds.
        """
        deadline = time.monotonic() + timeout
        while time.monotonic() < deadline:
            live = self.describe_endpoint(name)
            if live["EndpointStatus"] not in IN_PROGRESS:
                return self._check_live(live, config)
            time.sleep(POLL_SECONDS)
        raise DeploymentError(
            f"is not in service after {timeout:.0f} s",
            where=self._place(name),
            hint="look at its log",
        )

    def settle(
        self, name: str, wait: bool, on_wait: Callable[[str], None], timeout: float = 3600
    ) -> None:
        """Make sure that nobody else deploys to an endpoint now.

        Parameters
        ----------
        name : of the endpoint; one that does not exist is settled.
        wait : up to `timeout` seconds for another deployment to end; else it is an error.
        on_wait : told what is waited for.

        Raises
        ------
        DeploymentError : another deployment is under way.
        """
        deadline = time.monotonic() + timeout
        with self._errors(f"endpoint {name}"):
            while (live := self._describe(name)) and live["EndpointStatus"] in IN_PROGRESS:
                text = f"another deployment is under way, {self._pending(live)}"
                if not wait or time.monotonic() > deadline:
                    hint = "wait for it with `--wait`"
                    raise DeploymentError(text, where=self._place(name), hint=hint)
                on_wait(f"{self._place(name)}: {text}")
                time.sleep(POLL_SECONDS)

    def _pending(self, live: Mapping[str, Any]) -> str:
        """Say what an endpoint changes to, and who made that."""
        pending = live.get("PendingDeploymentSummary") or live
        config = pending["EndpointConfigName"]
        found = self._sagemaker.describe_endpoint_config(EndpointConfigName=config)
        tags = self._sagemaker.list_tags(ResourceArn=found["EndpointConfigArn"])["Tags"]
        by = {tag["Key"]: tag["Value"] for tag in tags}.get("penstock:by")
        return f"to {config}" + (f", made by {by}" if by else "")

    def smoke_test(self, name: str, version: str, digest: str) -> None:
        """Send one text and check that the planned bytes answer it.

        Raises
        ------
        DeploymentError : another version or another digest answered, or no prediction came.
        """
        body = self.invoke(name, json.dumps({"inputs": [SMOKE_TEXT]}).encode()).body
        model = body.get("model", {})
        expected, found = (version, digest), (model.get("version"), model.get("digest"))
        if found != expected or not body.get("predictions"):
            raise DeploymentError(
                f"version {found[0]} with the digest {found[1]} answered the smoke test instead "
                f"of version {version} with {digest}",
                where=self._place(name),
                hint="what serves is not what was registered: deploy the version before, then "
                "look at who changed the archive",
            )

    def invoke(self, name: str, body: bytes, content_type: str = "application/json") -> Answer:
        """InvokeEndpoint."""
        with self._errors(f"endpoint {name}"):
            answer = self._runtime.invoke_endpoint(
                EndpointName=name, Body=body, ContentType=content_type, Accept="application/json"
            )
            return Answer(
                json.loads(answer["Body"].read()),
                answer.get("InvokedProductionVariant"),
                answer.get("CustomAttributes"),
            )

    def describe_endpoint(self, name: str) -> dict[str, Any]:
        """DescribeEndpoint; NotFoundError with the names there are."""
        with self._errors(f"endpoint {name}"):
            live = self._describe(name)
            if live is None:
                names = self.list_endpoints()
                raise NotFoundError(
                    f"there is no endpoint '{name}'",
                    where=self.region,
                    hint=did_you_mean(name, names),
                )
            return live

    def list_endpoints(self) -> list[str]:
        """Return the names of the region's endpoints."""
        pages = self._sagemaker.get_paginator("list_endpoints").paginate()
        return [item["EndpointName"] for page in pages for item in page["Endpoints"]]

    def live_model(self, name: str) -> dict[str, Any]:
        """Return DescribeModel of the model behind an endpoint's first variant."""
        config = self.describe_endpoint(name)["EndpointConfigName"]
        with self._errors(f"endpoint config {config}"):
            variants = self._sagemaker.describe_endpoint_config(EndpointConfigName=config)
            model = variants["ProductionVariants"][0]["ModelName"]
            found: dict[str, Any] = self._sagemaker.describe_model(ModelName=model)
            return found

    def _describe(self, name: str) -> dict[str, Any] | None:
        try:
            found: dict[str, Any] = self._sagemaker.describe_endpoint(EndpointName=name)
        except ClientError as error:
            if "Could not find" in _message(error):
                return None
            raise
        return found

    def _replace(self, name: str, config: str, tags: Mapping[str, str]) -> None:
        """A failed endpoint takes no update: SageMaker wants it deleted first."""
        self._sagemaker.delete_endpoint(EndpointName=name)
        while self._describe(name) is not None:
            time.sleep(POLL_SECONDS)
        self._sagemaker.create_endpoint(
            EndpointName=name, EndpointConfigName=config, Tags=_tags(tags)
        )

    def _check_live(self, live: dict[str, Any], config: str) -> None:
        if live["EndpointStatus"] == "InService" and live["EndpointConfigName"] == config:
            return
        reason = live.get("FailureReason") or f"it still serves {live['EndpointConfigName']}"
        raise DeploymentError(
            f"{config} did not come in service: {reason}",
            where=self._place(live["EndpointName"]),
            hint="the previous version, if any, goes on serving",
        )

    def _size(self, bucket: str, key: str) -> int | None:
        try:
            return int(self._s3.head_object(Bucket=bucket, Key=key)["ContentLength"])
        except ClientError as error:
            if _status(error) == 404:
                return None
            raise

    def _place(self, name: str) -> str:
        return f"{self.region}, endpoint {name}"

    @contextmanager
    def _errors(self, what: str) -> Iterator[None]:
        """Turn boto3's errors into Penstock's."""
        try:
            yield
        except ClientError as error:
            raise DeploymentError(_message(error), where=f"{self.region}, {what}") from error
        except NoCredentialsError:
            raise InputError(
                "AWS credentials are missing", where=self.region, hint="set AWS_PROFILE or log in"
            ) from None
        except BotoCoreError as error:
            hint = "is the local host up? `penstock local up`" if self.endpoint_url else None
            raise MachineError(str(error), where=f"{self.region}, {what}", hint=hint) from error


def _client(session: boto3.Session, service: str, url: str | None, config: Config) -> Any:
    """Return a client that asks this machine itself, or a place elsewhere by its proxy."""
    # Only a client knows what AWS's own settings name.
    client: Any = session.client(service, endpoint_url=url, config=config)
    if not is_loopback(client.meta.endpoint_url):
        return client
    direct = config.merge(Config(proxies={}))
    return session.client(service, endpoint_url=url, config=direct)


@contextmanager
def _already_there() -> Iterator[None]:
    """A resource whose name holds its content's digest is the one we want, if it exists."""
    try:
        yield
    except ClientError as error:
        if "already existing" not in _message(error):
            raise


def _message(error: ClientError) -> str:
    return str(error.response.get("Error", {}).get("Message") or error)


def _status(error: ClientError) -> int:
    return int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))


def _location(region: str) -> dict[str, Any]:
    # us-east-1 is S3's default and must not be named.
    if region == "us-east-1":
        return {}
    return {"CreateBucketConfiguration": {"LocationConstraint": region}}


def _tags(tags: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in tags.items()]
