import concurrent.futures
import json
import os
import signal
import threading
import time

import pytest
from botocore.exceptions import ClientError
from clouds import eventually

from penstock.localcloud.hosting import process


def test_create_invoke_delete(cloud):
    sagemaker = cloud.client("sagemaker")
    cloud.release("life-1", {"seconds": 0.3, "loads": 6})
    began = time.monotonic()
    arn = sagemaker.create_endpoint(EndpointName="life", EndpointConfigName="life-1")
    assert arn["EndpointArn"] == "arn:aws:sagemaker:us-east-1:000000000000:endpoint/life"
    assert time.monotonic() - began < 5  # it does not wait for the endpoint
    assert cloud.describe("life")["EndpointStatus"] == "Creating"
    cloud.wait("life")
    found = cloud.describe("life")
    assert found["EndpointConfigName"] == "life-1"
    assert found["ProductionVariants"][0]["CurrentInstanceCount"] == 1
    assert cloud.invoke("life")["version"] == "life-1"
    pid = cloud.instances("life")[0].pid
    sagemaker.delete_endpoint(EndpointName="life")
    waiter = sagemaker.get_waiter("endpoint_deleted")
    waiter.wait(EndpointName="life", WaiterConfig={"Delay": 0.1, "MaxAttempts": 100})
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_headers_pass_both_ways(cloud):
    cloud.release("headers-1")
    cloud.endpoint("headers", "headers-1")
    answer = cloud.client("sagemaker-runtime").invoke_endpoint(
        EndpointName="headers",
        Body=b"x" * 5_000_000,
        ContentType="message/rfc822",
        Accept="application/jsonlines",
        CustomAttributes="trace=7",
        InferenceId="id-1",
    )
    body = json.loads(answer["Body"].read())
    assert body["size"] == 5_000_000
    assert body["headers"] == {
        "Content-Type": "message/rfc822",
        "Accept": "application/jsonlines",
        "X-Amzn-SageMaker-Inference-Id": "id-1",
    }
    assert answer["ContentType"] == "application/json"
    assert answer["CustomAttributes"] == "echo trace=7"
    assert answer["InvokedProductionVariant"] == "main"


def test_the_container_sees_its_own_environment_only(cloud):
    cloud.release("env-1", Environment={"STAGE": "staging", "PENSTOCK_HOST": "0.0.0.0"})
    cloud.endpoint("env", "env-1")
    seen = cloud.invoke("env")["environment"]
    assert seen["STAGE"] == "staging"
    assert seen["PENSTOCK_HOST"] == "127.0.0.1"
    assert seen["AWS_REGION"] == "us-east-1"
    allowed = {"PATH", "HOME", "LANG", "STAGE", "PENSTOCK_HOST", "PENSTOCK_MODEL_DIR", "LC_CTYPE"}
    allowed |= {"SAGEMAKER_BIND_TO_PORT", "SAGEMAKER_REGION", "AWS_REGION"}
    assert set(seen) <= allowed


def test_the_containers_own_error_is_a_model_error(cloud):
    cloud.release("reject-1")
    cloud.endpoint("reject", "reject-1")
    with pytest.raises(ClientError) as caught:
        cloud.invoke("reject", b"reject")
    answer = caught.value.response
    assert answer["Error"]["Code"] == "ModelError"
    assert "Received client error (422) from primary" in answer["Error"]["Message"]
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 424
    assert answer["OriginalStatusCode"] == 422
    assert json.loads(answer["OriginalMessage"]) == {"error": {"code": "invalid_data"}}


def test_an_update_under_a_running_client_fails_no_request(cloud):
    cloud.release("switch-1", {"seconds": 0.02}, instances=2)
    # It loads for a while, or on a busy machine it serves before anyone sees the update.
    cloud.release("switch-2", {"seconds": 0.02, "loads": 3}, instances=2)
    cloud.endpoint("switch", "switch-1")
    stop, runtime = threading.Event(), cloud.client("sagemaker-runtime")
    old = {item.pid for item in cloud.instances("switch")}

    def ask():
        versions = []
        while not stop.is_set():
            answer = runtime.invoke_endpoint(EndpointName="switch", Body=b"{}")
            versions.append(json.loads(answer["Body"].read())["version"])
        return versions

    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        asking = [pool.submit(ask) for _ in range(8)]
        try:
            time.sleep(0.3)
            cloud.client("sagemaker").update_endpoint(
                EndpointName="switch", EndpointConfigName="switch-2"
            )
            assert cloud.describe("switch")["EndpointStatus"] == "Updating"
            assert cloud.describe("switch")["EndpointConfigName"] == "switch-1"
            cloud.wait("switch")
            time.sleep(0.3)
        finally:
            stop.set()  # or the pool waits for its clients for ever
        versions = [future.result() for future in asking]
    for seen in versions:
        assert seen == sorted(seen), "an old instance answered after a new one"
        assert (seen[0], seen[-1]) == ("switch-1", "switch-2")
    assert cloud.describe("switch")["EndpointConfigName"] == "switch-2"
    assert len(cloud.instances("switch")) == 2
    eventually(lambda: [pid for pid in old if process.started_at(pid)], lambda left: not left)


def test_a_slow_request_is_finished_by_the_old_instance(cloud):
    cloud.release("slow-1", {"seconds": 1.5})
    cloud.release("slow-2")
    cloud.endpoint("slow", "slow-1")
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        asking = pool.submit(cloud.invoke, "slow")
        time.sleep(0.3)
        cloud.client("sagemaker").update_endpoint(EndpointName="slow", EndpointConfigName="slow-2")
        cloud.wait("slow")
        assert cloud.invoke("slow")["version"] == "slow-2"
        assert not asking.done()
        assert asking.result()["version"] == "slow-1"


def test_a_failed_update_keeps_the_old_version(cloud):
    cloud.release("roll-1")
    cloud.release("roll-2", {"dies": "the model is broken"})
    cloud.endpoint("roll", "roll-1")
    pid = cloud.invoke("roll")["pid"]
    cloud.client("sagemaker").update_endpoint(EndpointName="roll", EndpointConfigName="roll-2")
    # boto3's waiter reads the rollback as success, here as on AWS.
    cloud.wait("roll")
    found = cloud.describe("roll")
    assert (found["EndpointStatus"], found["EndpointConfigName"]) == ("InService", "roll-1")
    assert "FailureReason" not in found
    assert cloud.invoke("roll")["pid"] == pid
    assert "the model is broken" in (cloud.state / "host.log").read_text()


BROKEN = {
    "dies": ({"dies": "no engine here"}, None, "no engine here"),
    "not-a-tar": (None, b"plain text", "cannot extract"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_an_endpoint_that_cannot_start_says_why(cloud, name):
    behaviour, raw, reason = BROKEN[name]
    cloud.release(name, behaviour, raw=raw)
    cloud.client("sagemaker").create_endpoint(EndpointName=name, EndpointConfigName=name)
    found = cloud.settled(name)
    assert found["EndpointStatus"] == "Failed"
    assert reason in found["FailureReason"]
    assert len(found["FailureReason"]) <= 1024


def test_a_missing_object_fails_the_endpoint(cloud):
    cloud.model("gone", ModelDataUrl="s3://models-us-east-1/nothing/model.tar.gz")
    cloud.config("gone", ("main", "gone", 1, 1.0))
    cloud.client("sagemaker").create_endpoint(EndpointName="gone", EndpointConfigName="gone")
    found = cloud.settled("gone")
    assert "s3://models-us-east-1/nothing/model.tar.gz" in found["FailureReason"]
    with pytest.raises(ClientError, match="Cannot update failed endpoint"):
        cloud.client("sagemaker").update_endpoint(EndpointName="gone", EndpointConfigName="gone")


def test_two_regions_know_nothing_of_each_other(cloud):
    for region in ("eu-west-1", "us-west-2"):
        cloud.model("twin", {"version": region}, region)
        cloud.config("twin", ("main", "twin", 1, 1.0), region=region)
        cloud.endpoint("twin", "twin", region)
    for region in ("eu-west-1", "us-west-2"):
        assert cloud.invoke("twin", region=region)["version"] == region
        assert f":{region}:" in cloud.describe("twin", region)["EndpointArn"]
    cloud.client("sagemaker", "eu-west-1").delete_endpoint(EndpointName="twin")
    assert cloud.invoke("twin", region="us-west-2")["version"] == "us-west-2"


def test_variants_share_the_traffic_by_weight(cloud):
    cloud.model("weight-a")
    cloud.model("weight-b")
    cloud.config("weights", ("a", "weight-a", 1, 9.0), ("b", "weight-b", 1, 1.0))
    cloud.endpoint("weights", "weights")
    seen = [cloud.invoke("weights")["version"] for _ in range(60)]
    assert seen.count("weight-a") > seen.count("weight-b")
    assert cloud.invoke("weights", TargetVariant="b")["version"] == "weight-b"
    with pytest.raises(ClientError, match="Variant c was not found"):
        cloud.invoke("weights", TargetVariant="c")
    cloud.client("sagemaker").update_endpoint_weights_and_capacities(
        EndpointName="weights",
        DesiredWeightsAndCapacities=[{"VariantName": "a", "DesiredWeight": 0.0}],
    )
    assert {cloud.invoke("weights")["version"] for _ in range(20)} == {"weight-b"}
    weights = {item["VariantName"]: item["CurrentWeight"] for item in variants(cloud, "weights")}
    assert weights == {"a": 0.0, "b": 1.0}


def variants(cloud, name):
    return cloud.describe(name)["ProductionVariants"]


def test_capacity_changes_the_number_of_processes(cloud):
    cloud.release("capacity")
    cloud.endpoint("capacity", "capacity")
    cloud.client("sagemaker").update_endpoint_weights_and_capacities(
        EndpointName="capacity",
        DesiredWeightsAndCapacities=[{"VariantName": "main", "DesiredInstanceCount": 3}],
    )
    cloud.wait("capacity")
    assert variants(cloud, "capacity")[0]["CurrentInstanceCount"] == 3
    assert len({item.pid for item in cloud.instances("capacity")}) == 3


def test_an_update_may_keep_counts_and_weights(cloud):
    cloud.release("retain-1", instances=2)
    cloud.release("retain-2")
    cloud.endpoint("retain", "retain-1")
    cloud.client("sagemaker").update_endpoint(
        EndpointName="retain",
        EndpointConfigName="retain-2",
        RetainAllVariantProperties=True,
        ExcludeRetainedVariantProperties=[{"VariantPropertyType": "DesiredWeight"}],
    )
    cloud.wait("retain")
    assert cloud.invoke("retain")["version"] == "retain-2"
    assert variants(cloud, "retain")[0]["CurrentInstanceCount"] == 2


def test_an_instance_that_dies_is_replaced(cloud):
    cloud.release("mortal")
    cloud.endpoint("mortal", "mortal")
    pid = cloud.invoke("mortal")["pid"]
    os.kill(pid, signal.SIGSTOP)
    os.kill(pid, signal.SIGKILL)
    eventually(lambda: cloud.instances("mortal"), lambda all: all and all[0].pid != pid)
    eventually(
        lambda: variants(cloud, "mortal")[0]["CurrentInstanceCount"], lambda count: count == 1
    )
    assert cloud.invoke("mortal")["pid"] != pid


def test_a_request_whose_instance_dies_is_tried_on_another(cloud):
    cloud.release("pair", instances=2)
    cloud.endpoint("pair", "pair")
    pids = {item.pid for item in cloud.instances("pair")}
    survivor = cloud.invoke("pair", b"die once")["pid"]
    assert survivor in pids
    assert survivor in {item.pid for item in cloud.instances("pair")}
    eventually(
        lambda: {item.pid for item in cloud.instances("pair")},
        lambda now: len(now) == 2 and now != pids,
    )


def test_a_request_that_kills_every_instance_is_answered_503(cloud):
    cloud.release("fragile")
    cloud.endpoint("fragile", "fragile")
    with pytest.raises(ClientError) as caught:
        cloud.invoke("fragile", b"die")
    assert caught.value.response["Error"]["Code"] == "ServiceUnavailable"
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 503
    eventually(
        lambda: variants(cloud, "fragile")[0]["CurrentInstanceCount"], lambda count: count == 1
    )


def test_deleting_an_endpoint_calls_off_its_creation(cloud):
    cloud.release("called-off", {"ping": 503})
    sagemaker = cloud.client("sagemaker")
    sagemaker.create_endpoint(EndpointName="called-off", EndpointConfigName="called-off")
    eventually(lambda: (cloud.state / "deployments").glob("*"), list)
    sagemaker.delete_endpoint(EndpointName="called-off")
    waiter = sagemaker.get_waiter("endpoint_deleted")
    waiter.wait(EndpointName="called-off", WaiterConfig={"Delay": 0.1, "MaxAttempts": 50})


def test_what_is_under_way_is_not_updated(cloud):
    cloud.release("busy", {"ping": 503})
    sagemaker = cloud.client("sagemaker")
    sagemaker.create_endpoint(EndpointName="busy", EndpointConfigName="busy")
    with pytest.raises(ClientError, match="Cannot update in-progress endpoint"):
        sagemaker.update_endpoint(EndpointName="busy", EndpointConfigName="busy")
    with pytest.raises(ClientError, match="Endpoint busy of account 000000000000 not found"):
        cloud.invoke("busy")
    sagemaker.delete_endpoint(EndpointName="busy")


def test_an_archive_that_leaves_its_directory_is_refused(cloud):
    import io
    import tarfile

    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w:gz") as tar:
        tar.addfile(tarfile.TarInfo("../../escaped"), io.BytesIO())
    cloud.release("escape", raw=file.getvalue())
    cloud.client("sagemaker").create_endpoint(EndpointName="escape", EndpointConfigName="escape")
    assert "outside the destination" in cloud.settled("escape")["FailureReason"]
    assert not list(cloud.state.rglob("escaped"))
