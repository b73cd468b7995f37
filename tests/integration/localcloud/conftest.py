import os
from pathlib import Path

import pytest
from clouds import Cloud

from penstock.localcloud.host import daemon

HERE = Path(__file__).parent


@pytest.fixture(scope="module")
def monkeymodule():
    with pytest.MonkeyPatch.context() as patch:
        yield patch


def _cloud(folder, patch):
    patch.setenv("PYTHONPATH", str(HERE), prepend=os.pathsep)
    patch.setenv("AWS_ACCESS_KEY_ID", "local")
    patch.setenv("AWS_SECRET_ACCESS_KEY", "local")
    patch.setenv("HOST_SECRET", "not for containers")
    cloud = Cloud(folder / "state")
    patch.setenv("AWS_ENDPOINT_URL", cloud.up().url)
    return cloud


@pytest.fixture(scope="module")
def cloud(tmp_path_factory, monkeymodule):
    """One host for a module's tests; each uses names of its own."""
    cloud = _cloud(tmp_path_factory.mktemp("cloud"), monkeymodule)
    yield cloud
    daemon.down(cloud.state)


@pytest.fixture
def own_cloud(tmp_path, monkeypatch):
    """A host that the test may kill."""
    cloud = _cloud(tmp_path, monkeypatch)
    yield cloud
    daemon.down(cloud.state)
