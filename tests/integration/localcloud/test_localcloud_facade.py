"""The deployer's facade against the host: every action twice, and every way it can fail."""

import pytest
from clouds import ROLE, archive

from penstock.deployment.aws import connect
from penstock.errors import DeploymentError, MachineError, NotFoundError


@pytest.fixture
def facade(cloud):
    return connect("us-west-2", cloud.host.url)


def deploy(facade, tmp_path, endpoint, name, behaviour=None):
    """Carry out a region's steps, each twice: what is there already is left as it is."""
    path = tmp_path / f"{name}.tar.gz"
    path.write_bytes(archive({"version": name, **(behaviour or {})}))
    bucket, tags = "facade-us-west-2", {"penstock:version": name}
    url = f"s3://{bucket}/{name}/model.tar.gz"
    for _ in range(2):
        facade.ensure_bucket(bucket)
        facade.upload(bucket, f"{name}/model.tar.gz", path)
        facade.create_model(name, "penstock/scoring:1", ROLE, url, {"A": "b"}, tags)
        facade.create_endpoint_config(name, name, "ml.c5.large", 1, tags)
    facade.create_or_update_endpoint(endpoint, name, tags)
    facade.wait_in_service(endpoint, name, timeout=60)


def test_every_action_can_be_run_again(facade, tmp_path):
    deploy(facade, tmp_path, "facade-a", "facade-a-v1")
    deploy(facade, tmp_path, "facade-a", "facade-a-v1")
    assert facade.live_model("facade-a")["ModelName"] == "facade-a-v1"
    assert facade.invoke("facade-a", b"{}").body["version"] == "facade-a-v1"


def test_an_update_that_is_rolled_back_is_a_failure(facade, tmp_path):
    deploy(facade, tmp_path, "facade-b", "facade-b-v1")
    with pytest.raises(DeploymentError, match="still serves facade-b-v1"):
        deploy(facade, tmp_path, "facade-b", "facade-b-v2", {"dies": 3})
    assert facade.invoke("facade-b", b"{}").body["version"] == "facade-b-v1"


def test_a_failed_endpoint_says_why_and_is_replaced_by_the_next_deployment(facade, tmp_path):
    with pytest.raises(DeploymentError, match="facade-c-v1 did not come in service: "):
        deploy(facade, tmp_path, "facade-c", "facade-c-v1", {"dies": 3})
    deploy(facade, tmp_path, "facade-c", "facade-c-v2")
    assert facade.invoke("facade-c", b"{}").body["version"] == "facade-c-v2"


def test_the_smoke_test_fails_where_another_version_answers(facade, tmp_path):
    deploy(facade, tmp_path, "facade-d", "facade-d-v1")
    with pytest.raises(
        DeploymentError, match="answered the smoke test instead of version 7 with sha256:00"
    ):
        facade.smoke_test("facade-d", "7", "sha256:00")


def test_a_missing_endpoint_gets_a_suggestion(facade, tmp_path):
    deploy(facade, tmp_path, "facade-e", "facade-e-v1")
    with pytest.raises(NotFoundError, match="did you mean 'facade-e'"):
        facade.describe_endpoint("facade-ee")


def test_a_host_that_is_not_there_is_named(monkeypatch):
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    with pytest.raises(MachineError, match="penstock local up"):
        connect("us-east-1", "http://127.0.0.1:1").ensure_bucket("a-bucket")
