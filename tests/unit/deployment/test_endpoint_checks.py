"""What the facade asks an endpoint before and after a deployment."""

import io
import json
from contextlib import nullcontext
from typing import Any

import boto3
import pytest
from botocore.response import StreamingBody
from botocore.stub import ANY, Stubber

from penstock.deployment.aws import Aws
from penstock.errors import DeploymentError

DIGEST = "sha256:" + "ab" * 32
ARN = "arn:aws:sagemaker:us-east-1:000000000000:endpoint/intent"
CONFIG_ARN = "arn:aws:sagemaker:us-east-1:000000000000:endpoint-config/intent-v8"


def facade() -> Aws:
    session = boto3.Session(
        region_name="us-east-1", aws_access_key_id="x", aws_secret_access_key="x"
    )
    return Aws("us-east-1", "http://127.0.0.1:9", session)


ANSWERS: dict[str, tuple[dict[str, Any], str | None]] = {
    "the released bytes": ({"version": "7", "digest": DIGEST}, None),
    "another version": ({"version": "6", "digest": DIGEST}, "version 6 "),
    "other bytes": ({"version": "7", "digest": "sha256:00"}, "the digest sha256:00 answered"),
    "no digest": ({"version": "7"}, "the digest None answered"),
}


@pytest.mark.parametrize("name", ANSWERS)
def test_the_smoke_test_compares_version_and_digest(name: str) -> None:
    model, problem = ANSWERS[name]
    content = json.dumps({"model": model, "predictions": [{}]}).encode()
    body = StreamingBody(io.BytesIO(content), len(content))
    aws = facade()
    with Stubber(aws._runtime) as runtime:
        runtime.add_response("invoke_endpoint", {"Body": body})
        expected = pytest.raises(DeploymentError, match=problem) if problem else nullcontext()
        with expected:
            aws.smoke_test("intent", "7", DIGEST)


def described(status: str, config: str = "intent-v7") -> dict[str, Any]:
    return {
        "EndpointName": "intent",
        "EndpointArn": ARN,
        "EndpointStatus": status,
        "EndpointConfigName": config,
        "CreationTime": 0,
        "LastModifiedTime": 0,
        "PendingDeploymentSummary": {"EndpointConfigName": "intent-v8"},
    }


def stub_pending(stub: Stubber) -> None:
    stub.add_response("describe_endpoint", described("Updating"))
    config = {
        "EndpointConfigName": "intent-v8",
        "EndpointConfigArn": CONFIG_ARN,
        "ProductionVariants": [{"VariantName": "main", "ModelName": "intent-v8"}],
        "CreationTime": 0,
    }
    stub.add_response("describe_endpoint_config", config, {"EndpointConfigName": "intent-v8"})
    tags = {"Tags": [{"Key": "penstock:by", "Value": "ann@desk"}]}
    stub.add_response("list_tags", tags, {"ResourceArn": ANY})


def test_an_endpoint_that_someone_else_changes_is_left_alone() -> None:
    aws = facade()
    with Stubber(aws._sagemaker) as stub:
        stub_pending(stub)
        with pytest.raises(DeploymentError, match="to intent-v8, made by ann@desk"):
            aws.settle("intent", wait=False, on_wait=lambda text: None)


def test_waiting_ends_when_the_other_deployment_does() -> None:
    aws, told = facade(), []
    with Stubber(aws._sagemaker) as stub:
        stub_pending(stub)
        stub.add_response("describe_endpoint", described("InService"))
        aws.settle("intent", wait=True, on_wait=told.append)
    assert len(told) == 1


def test_an_endpoint_that_does_not_exist_is_settled() -> None:
    aws = facade()
    with Stubber(aws._sagemaker) as stub:
        stub.add_client_error(
            "describe_endpoint", "ValidationException", "Could not find endpoint."
        )
        aws.settle("intent", wait=False, on_wait=lambda text: None)
