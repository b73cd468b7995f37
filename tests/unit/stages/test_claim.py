"""One deployment of a target at a time; a killed one holds nothing."""

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from test_declared import project

from penstock.errors import DeploymentError
from penstock.stages.claim import claim, who
from penstock.stages.project import Project

HOLDER = """
import sys, time
from pathlib import Path
from penstock.stages.claim import claim
from penstock.stages.project import Project
with claim(Project.load(Path(sys.argv[1])), "staging", wait=False):
    print("held", flush=True)
    time.sleep(60)
"""


def holder(found: Project) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(found.folder)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    return process


def test_the_second_is_told_of_the_first_and_a_killed_one_is_forgotten(tmp_path: Path) -> None:
    found = project(tmp_path, staging="", production="")
    process = holder(found)
    try:
        with (
            pytest.raises(DeploymentError, match=rf"by {who()} \(process {process.pid}\) since 20"),
            claim(found, "staging", wait=False),
        ):
            pass
        with claim(found, "production", wait=False):
            pass
        told: list[str] = []
        killer = threading.Timer(0.3, os.kill, (process.pid, signal.SIGKILL))
        killer.start()
        with claim(found, "staging", wait=True, on_wait=told.append):
            assert len(told) == 1
    finally:
        process.kill()
        process.communicate()
    with claim(found, "staging", wait=False):
        pass
