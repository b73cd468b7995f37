"""No library sends anything: a program watches OpenVINO's sender, its home and MLflow's client."""

import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

WATCH = """
import openvino_telemetry.utils.sender as sender
sender.TelemetrySender.send = lambda self, backend, message: print("SENT", message)
"""
WORK = """
import numpy, openvino, nncf
from openvino import opset13 as op
text = op.parameter([1, 4], numpy.float32)
openvino.convert_model
nncf.compress_weights(openvino.Model([op.relu(text)], [text], "m"))
"""
PROGRAMS = {
    "engine": "import penstock.engines.openvino",
    "flavor": "from penstock import flavor\nimport openvino",
    "container": "import penstock.scoring.http.server, penstock.engines.openvino",
    "nncf": "import penstock" + WORK,
}


def run(program: str, home: Path, **variables: str) -> str:
    kept = {k: v for k, v in os.environ.items() if "TELEMETRY" not in k and k != "CI"}
    kept.pop("PYTEST_CURRENT_TEST", None)
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(program)],
        env={**kept, "HOME": str(home), **variables},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("name", PROGRAMS)
@pytest.mark.parametrize("watch", [WATCH, ""], ids=["watched", "alone"])
def test_nothing_is_sent_and_nothing_written(name: str, watch: str, tmp_path: Path) -> None:
    assert "SENT" not in run(watch + PROGRAMS[name], tmp_path)
    assert not (tmp_path / "intel").exists()


def test_without_penstock_the_watch_sees_an_event(tmp_path: Path) -> None:
    assert "SENT" in run(WATCH + "import openvino", tmp_path)


def test_what_was_imported_first_sends_no_more(tmp_path: Path) -> None:
    program = WATCH + "import openvino\nprint('-----')\nimport penstock" + WORK
    assert "SENT" not in run(program, tmp_path).partition("-----")[2]


@pytest.mark.parametrize("order", ["import mlflow, penstock", "import penstock, mlflow"])
def test_mlflow_has_no_client_here_nor_in_a_child(order: str, tmp_path: Path) -> None:
    ask = "import mlflow.telemetry; print(mlflow.telemetry.get_telemetry_client())"
    program = f"{order}\n{ask}\nimport subprocess, sys\n"
    program += f"print(subprocess.check_output([sys.executable, '-c', {ask!r}], text=True))"
    assert run(program, tmp_path).split() == ["None", "None"]


def test_a_user_without_a_home_can_load_an_engine(tmp_path: Path) -> None:
    program = """
    import pathlib
    def home():
        raise RuntimeError("Could not determine home directory.")
    pathlib.Path.home = home
    import penstock.engines.openvino, penstock.scoring.http.server
    """
    run(program, tmp_path)
