import concurrent.futures
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from botocore.exceptions import ClientError
from clouds import eventually

from penstock.errors import MachineError
from penstock.localcloud.host import daemon
from penstock.localcloud.hosting import process

CONTENT = bytes(range(256)) * 100


def test_everything_is_there_after_down_and_up(own_cloud):
    cloud, s3 = own_cloud, own_cloud.client("s3")
    cloud.release("kept-1", instances=2)
    cloud.endpoint("kept", "kept-1")
    s3.create_bucket(Bucket="store", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    s3.put_object(
        Bucket="store",
        Key="a b/ü?.bin",
        Body=CONTENT,
        ContentType="text/x",
        Metadata={"run": "7"},
        Tagging="team=nlp",
        ChecksumAlgorithm="SHA256",
    )
    s3.put_object(Bucket="store", Key="deleted", Body=b"x")
    s3.put_object(Bucket="store", Key="one", Body=b"x")
    s3.delete_object(Bucket="store", Key="deleted")
    s3.delete_objects(Bucket="store", Delete={"Objects": [{"Key": "one"}]})
    before = s3.head_object(Bucket="store", Key="a b/ü?.bin", ChecksumMode="ENABLED")
    described = cloud.describe("kept")
    old = [item.pid for item in cloud.instances("kept")]

    assert daemon.down(cloud.state)
    assert not any(_lives(pid) for pid in [*old, cloud.host.pid])
    again = cloud.up()

    assert again.url == cloud.host.url, "port 0 takes the last port again"
    cloud.wait("kept")
    assert cloud.invoke("kept")["version"] == "kept-1"
    now = cloud.describe("kept")
    assert (now["CreationTime"], now["EndpointConfigName"]) == (described["CreationTime"], "kept-1")
    found = s3.get_object(Bucket="store", Key="a b/ü?.bin", ChecksumMode="ENABLED")
    assert found["Body"].read() == CONTENT
    for member in ("ETag", "ContentType", "Metadata", "LastModified", "ChecksumSHA256"):
        assert found[member] == before[member], member
    tags = s3.get_object_tagging(Bucket="store", Key="a b/ü?.bin")["TagSet"]
    assert tags == [{"Key": "team", "Value": "nlp"}]
    assert [item["Key"] for item in s3.list_objects_v2(Bucket="store")["Contents"]] == [
        "a b/ü?.bin"
    ]
    assert s3.get_bucket_location(Bucket="store")["LocationConstraint"] == "eu-west-1"


def test_a_killed_host_comes_back_and_ends_its_orphans(own_cloud):
    cloud = own_cloud
    cloud.release("orphan-1")
    cloud.release("orphan-2", {"ping": 503})
    cloud.endpoint("orphan", "orphan-1")
    orphan = cloud.invoke("orphan")["pid"]
    # Killed in the middle of an update: the old version is what comes back.
    cloud.client("sagemaker").update_endpoint(EndpointName="orphan", EndpointConfigName="orphan-2")
    eventually(lambda: len(_recorded(cloud)), lambda count: count == 2)
    recorded = _recorded(cloud)
    _kill(cloud)
    assert all(_lives(pid) for pid in recorded)
    assert daemon.status(cloud.state) is None

    cloud.up()
    assert not any(_lives(pid) for pid in recorded)
    cloud.wait("orphan")
    answer = cloud.invoke("orphan")
    assert (answer["version"], answer["pid"] != orphan) == ("orphan-1", True)
    assert len(list((cloud.state / "deployments").iterdir())) == 1


def test_a_host_killed_while_creating_goes_on_creating(own_cloud):
    cloud = own_cloud
    cloud.release("halfway")
    sagemaker = cloud.client("sagemaker")
    sagemaker.create_endpoint(EndpointName="halfway", EndpointConfigName="halfway")
    _kill(cloud)
    cloud.up()
    cloud.wait("halfway")
    assert cloud.invoke("halfway")["version"] == "halfway"


def test_an_object_is_on_disk_before_its_put_is_answered(own_cloud):
    s3 = own_cloud.client("s3")
    s3.create_bucket(Bucket="crash")
    for number in range(20):
        s3.put_object(Bucket="crash", Key="k", Body=str(number).encode())
    _kill(own_cloud)
    own_cloud.up()
    assert s3.get_object(Bucket="crash", Key="k")["Body"].read() == b"19"
    assert len(list((own_cloud.state / "s3").iterdir())) == 1, "overwritten contents are removed"


def test_a_recorded_id_that_is_another_process_by_now_is_left_alone(own_cloud):
    from penstock.localcloud.state import State

    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"]) as bystander:
        daemon.down(own_cloud.state)
        state = State(own_cloud.state / "state.db")
        state.add_process(bystander.pid, "12345")
        state.close()
        own_cloud.up()
        daemon.down(own_cloud.state)
        assert bystander.poll() is None
        bystander.kill()


def test_up_again_finds_the_running_host(own_cloud):
    with concurrent.futures.ThreadPoolExecutor(3) as pool:
        pids = {host.pid for host in pool.map(lambda _: own_cloud.up(), range(3))}
    assert pids == {own_cloud.host.pid}
    assert daemon.status(own_cloud.state).url == own_cloud.host.url
    with pytest.raises(ClientError, match="Could not find endpoint"):
        own_cloud.client("sagemaker").delete_endpoint(EndpointName="nothing")


def test_three_who_say_up_at_once_get_one_host(tmp_path, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parent), prepend=os.pathsep)

    def up(_):
        return daemon.up(tmp_path / "state", 0, runtime="serving_runtime:make")

    try:
        with concurrent.futures.ThreadPoolExecutor(3) as pool:
            assert len({host.pid for host in pool.map(up, range(3))}) == 1
    finally:
        daemon.down(tmp_path / "state")


def test_down_where_nothing_runs(own_cloud, tmp_path):
    assert daemon.down(tmp_path / "nothing") is False
    assert daemon.down(own_cloud.state) is True
    assert daemon.down(own_cloud.state) is False


def test_down_ends_the_orphans_of_a_killed_host(own_cloud):
    own_cloud.release("left")
    own_cloud.endpoint("left", "left")
    pid = own_cloud.invoke("left")["pid"]
    _kill(own_cloud)
    assert daemon.down(own_cloud.state) is True
    assert not _lives(pid)


def test_a_port_in_use_is_named(tmp_path):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(MachineError) as caught:
            daemon.up(tmp_path / "state", port)
    assert f"port {port} is in use" in str(caught.value)
    assert "--port" in str(caught.value)


def test_a_state_directory_that_cannot_be_written(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(MachineError, match="cannot write"):
        daemon.up(tmp_path / "file" / "state", 0)


def test_a_host_that_cannot_start_says_why(tmp_path):
    with pytest.raises(MachineError, match="cannot load 'nothing:here'"):
        daemon.up(tmp_path / "state", 0, runtime="nothing:here")


def test_two_hosts_never_share_a_state_directory(own_cloud):
    (own_cloud.state / "host.json").unlink()
    with pytest.raises(MachineError, match="another host holds this state directory"):
        own_cloud.up()
    process.end(own_cloud.host.pid, own_cloud.host.started, 20)


def test_the_log_holds_no_body_and_no_signature(own_cloud):
    s3 = own_cloud.client("s3")
    s3.create_bucket(Bucket="quiet")
    url = s3.generate_presigned_url("put_object", Params={"Bucket": "quiet", "Key": "k"})
    import urllib.request

    request = urllib.request.Request(url, data=b"private text", method="PUT")
    assert urllib.request.urlopen(request).status == 200
    own_cloud.release("logged", Environment={"TOKEN": "hush"})
    own_cloud.endpoint("logged", "logged")
    own_cloud.invoke("logged", b"private text")
    logs = "".join((own_cloud.state / name).read_text() for name in ("host.log", "host.err"))
    assert '"event": "request"' in logs
    for secret in ("private text", "Signature", "hush", "Credential"):
        assert secret not in logs


def _kill(cloud):
    os.kill(cloud.host.pid, signal.SIGKILL)
    eventually(lambda: process.started_at(cloud.host.pid), lambda started: started is None)


def _recorded(cloud):
    import sqlite3

    with sqlite3.connect(cloud.state / "state.db") as db:
        return [pid for (pid,) in db.execute("SELECT pid FROM processes")]


def _lives(pid):
    return process.started_at(pid) is not None
