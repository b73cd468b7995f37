import os
import subprocess
import sys
import time

from penstock.localcloud.hosting import process

STUBBORN = (
    "import signal, sys, time; signal.signal(signal.SIGTERM, signal.SIG_IGN);"
    "print('up', flush=True); time.sleep(60)"
)


def test_a_process_is_known_by_id_and_start_time():
    mine = process.started_at(os.getpid())
    assert process.is_ours(os.getpid(), mine)
    assert not process.is_ours(os.getpid(), mine + "0")


def test_a_process_that_ended_is_no_process():
    with subprocess.Popen([sys.executable, "-c", ""]) as child:
        deadline = time.monotonic() + 10
        # Ended but not yet waited for: a zombie serves nobody.
        while process.started_at(child.pid) is not None and time.monotonic() < deadline:
            time.sleep(0.01)
        assert process.started_at(child.pid) is None


def test_one_that_ignores_sigterm_is_killed():
    command = [sys.executable, "-c", STUBBORN]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as child:
        child.stdout.readline()
        process.end(child.pid, process.started_at(child.pid), grace=0.2)
        assert child.wait(5) == -9


def test_another_process_with_the_same_id_is_left_alone():
    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"]) as child:
        process.end(child.pid, "not its start", grace=0.2)
        assert child.poll() is None
        child.kill()
