"""Commands at once, in processes of their own: no traceback, no version twice."""

import subprocess
import sys

from small_project import write_project

from penstock.stages.project import Project

OPEN = """
import sys
from pathlib import Path
from penstock.stages.project import Project
project = Project.load(Path(sys.argv[1]))
import mlflow
print("ready", flush=True)
sys.stdin.readline()
with project.run("train"):
    pass
project.client.search_model_versions("name = 'words'")
"""


def at_once(script, *arguments, count=2):
    """Run a script `count` times; let each go when all say they are ready; return their output."""
    command = [sys.executable, "-c", script, *map(str, arguments)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    processes = [subprocess.Popen(command, text=True, **pipes) for _ in range(count)]
    for process in processes:
        assert process.stdout.readline() == "ready\n", process.stderr.read()
    for process in processes:
        process.stdin.write("go\n")
        process.stdin.flush()
    said = [process.communicate(timeout=200) for process in processes]
    for process, (_, errors) in zip(processes, said, strict=True):
        assert process.returncode == 0, errors
    return [output for output, _ in said]


def test_a_new_database_is_opened_by_four_at_once(tmp_path):
    folder = write_project(tmp_path / "words", "none")
    at_once(OPEN, folder, count=4)
    client = Project.load(folder).client
    experiment = client.get_experiment_by_name("words")
    assert len(client.search_runs([experiment.experiment_id])) == 4
