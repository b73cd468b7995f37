from pathlib import Path

import pytest

from penstock.errors import InputError
from penstock.localcloud.hosting.runtime import BUILDER, WheelRuntime, load


def builder(lock, wheels, cache):
    assert lock.read_text() == "lock"
    assert wheels.is_dir()
    return cache / "bin" / "python"


def test_a_packaged_model_runs_the_scoring_container(tmp_path):
    (tmp_path / "requirements.lock").write_text("lock")
    (tmp_path / "wheels").mkdir()
    command = WheelRuntime(Path("/cache"), builder).prepare(tmp_path)
    assert command == ["/cache/bin/python", "-m", "penstock.scoring"]


@pytest.mark.parametrize("there", [[], ["wheels"], ["requirements.lock"]])
def test_a_model_without_wheels_or_lock(tmp_path, there):
    for name in there:
        (tmp_path / name).mkdir()
    with pytest.raises(InputError) as caught:
        WheelRuntime(Path("/cache"), builder).prepare(tmp_path)
    for name in {"wheels", "requirements.lock"} - set(there):
        assert name in str(caught.value)
    assert "penstock package" in str(caught.value)


def test_the_builder_named_is_packagings():
    from penstock.packaging.environment import build

    assert load(BUILDER) is build


@pytest.mark.parametrize("reference", ["", "nothing", "nothing:here", "json:nothing"])
def test_a_name_that_leads_nowhere(reference):
    with pytest.raises(InputError, match="cannot load"):
        load(reference)
