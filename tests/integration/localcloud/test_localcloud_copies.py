"""A folder of state that is copied, moved or removed while its host runs."""

import shutil

import pytest
from clouds import Cloud, eventually

from penstock.localcloud.host import daemon
from penstock.localcloud.hosting import process


def lives(pid):
    return process.started_at(pid) is not None


def served(cloud):
    """Bring up an endpoint and return the process behind it."""
    cloud.release("kept")
    cloud.endpoint("kept", "kept")
    return cloud.invoke("kept")["pid"]


@pytest.fixture
def copy(own_cloud, tmp_path):
    """A cloud whose folder is a copy of one that runs."""
    own_cloud.served = served(own_cloud)
    copied = Cloud(tmp_path / "copy")
    shutil.copytree(own_cloud.state, copied.state)
    yield copied
    daemon.down(copied.state)


def test_a_copy_leaves_the_hosts_of_the_original_alone(own_cloud, copy, monkeypatch):
    assert daemon.status(copy.state) is None
    assert daemon.down(copy.state) is False
    copy.up()
    assert copy.host.pid != own_cloud.host.pid
    assert copy.host.url != own_cloud.host.url
    monkeypatch.setenv("AWS_ENDPOINT_URL", copy.host.url)
    copy.wait("kept")
    assert copy.invoke("kept")["pid"] != own_cloud.served
    assert daemon.down(copy.state)
    monkeypatch.setenv("AWS_ENDPOINT_URL", own_cloud.host.url)
    assert own_cloud.invoke("kept")["pid"] == own_cloud.served


def test_a_folder_that_is_moved_keeps_what_its_host_held(own_cloud, tmp_path, monkeypatch):
    old = served(own_cloud)
    moved = Cloud(own_cloud.state.rename(tmp_path / "moved"))
    try:
        assert daemon.status(moved.state) is None
        moved.up()
        assert not lives(own_cloud.host.pid)
        assert not lives(old)
        assert not own_cloud.state.exists()
        monkeypatch.setenv("AWS_ENDPOINT_URL", moved.host.url)
        moved.wait("kept")
        assert moved.invoke("kept")["version"] == "kept"
    finally:
        daemon.down(moved.state)


def test_a_host_ends_when_its_folder_is_removed(own_cloud):
    old = served(own_cloud)
    shutil.rmtree(own_cloud.state)
    eventually(lambda: lives(own_cloud.host.pid) or lives(old), lambda alive: not alive, 30)
