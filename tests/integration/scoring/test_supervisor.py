"""The supervisor with workers that die in every way."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = """
import os, signal, sys, time
from penstock.scoring.process import supervisor
from penstock.scoring.process.supervisor import Supervisor, listen
from penstock.scoring.watch.logs import configure

supervisor.TICK = 0.05

configure()
script = sys.argv[1].split()

def work(listener, past, handover):
    step = script[min(past.deaths, len(script) - 1)]
    print(step, past.deaths, flush=True)
    if step == "wait":
        time.sleep(30)
    if step == "kill":
        os.kill(os.getpid(), signal.SIGKILL)
    if step == "silent":
        handover.heartbeat()
        time.sleep(30)
    if step == "beats":
        for _ in range(100):
            handover.heartbeat()
            time.sleep(0.02)
        return 0
    if step == "raise":
        raise SystemExit("a traceback nobody reads")
    return int(step)

sys.exit(Supervisor(work, listen("127.0.0.1", 0)).run())
"""


def start(script: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", PROGRAM, script],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[3] / "src")},
    )


@pytest.mark.parametrize(
    ("script", "code", "workers"),
    [
        ("0", 0, 1),
        ("3", 3, 1),
        ("raise", 1, 1),
        ("kill 0", 0, 2),
        ("75 0", 0, 2),
        ("75 kill 3", 3, 3),
        ("kill", 1, 5),
        ("silent 0", 0, 2),
        ("beats", 0, 1),
    ],
)
def test_a_worker_that_dies_is_replaced_and_one_that_ends_is_not(
    script: str, code: int, workers: int
) -> None:
    process = start(script)
    out, log = process.communicate(timeout=30)
    assert process.returncode == code, log
    assert len(out.splitlines()) == workers
    assert log.count("the worker died") == (workers if script == "kill" else workers - 1)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_before_the_worker_is_ready_ends_both(number: signal.Signals) -> None:
    process = start("wait")
    assert process.stdout is not None
    process.stdout.readline()
    process.send_signal(number)
    _, log = process.communicate(timeout=30)
    assert process.returncode == 0, log
    assert "the worker died" not in log
