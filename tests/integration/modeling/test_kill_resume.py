"""A fit that is killed goes on, in a new process, to the very same weights."""

import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parents[1] / "unit" / "modeling"))

from tiny_models import make_base_model  # noqa: E402


def program(base, folder, result, slow=0.0):
    command = [sys.executable, str(HERE / "fit_once.py"), base, folder, result, slow]
    return subprocess.Popen([str(part) for part in command], stdout=subprocess.PIPE, text=True)


def steps(process):
    said, _ = process.communicate(timeout=120)
    assert process.returncode == 0
    return [int(line) for line in said.split()]


def kill_at(process, step):
    for line in process.stdout:
        if int(line) == step:
            process.kill()  # SIGKILL
            break
    assert process.wait(timeout=30) == -9


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    return make_base_model(tmp_path_factory.mktemp("base"))


def test_killed_twice_and_gone_on_is_bit_for_bit_the_run_without_a_stop(base, tmp_path):
    whole, parts = tmp_path / "whole.safetensors", tmp_path / "parts.safetensors"
    total = steps(program(base, tmp_path / "one", whole))[-1]
    kill_at(program(base, tmp_path / "two", parts, slow=0.05), 3)
    kill_at(program(base, tmp_path / "two", parts, slow=0.05), total // 2 + 1)
    left = steps(program(base, tmp_path / "two", parts))
    assert total // 2 <= left[0] <= total // 2 + 3
    assert left[-1] == total
    assert parts.read_bytes() == whole.read_bytes()
