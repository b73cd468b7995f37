"""The fleet with real processes of a program that is not the scoring container."""

import sys
import time

import pytest

from penstock.errors import DeploymentError
from penstock.localcloud.fault import Fault
from penstock.localcloud.hosting.fleet import Fleet, FleetRetired, Processes
from penstock.localcloud.hosting.instance import Launch

SERVER = """
import http.server, os, sys
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(int(sys.argv[1])); self.end_headers()
    def log_message(self, *a): pass
print("the program speaks", flush=True)
port = int(os.environ["SAGEMAKER_BIND_TO_PORT"])
http.server.HTTPServer(("127.0.0.1", port), Handler).serve_forever()
"""


@pytest.fixture
def lived():
    return []


@pytest.fixture
def fleet(tmp_path, lived):
    """Makes fleets, and ends what the test leaves."""
    made = []

    def make(variants, weights=None, ping="200", code=SERVER, timeout=20):
        launches = {
            name: [_launch(tmp_path, code, ping, timeout)] * count
            for name, count in variants.items()
        }
        processes = Processes(lambda pid, _: lived.append(pid), lived.remove)
        made.append(Fleet(launches, weights or dict.fromkeys(variants, 1.0), processes))
        return made[-1]

    yield make
    for item in made:
        item.retire(drain=0)
    assert lived == []


def _launch(folder, code, ping, timeout):
    command = (sys.executable, "-S", "-E", "-c", code, ping)
    return Launch(command, folder, {}, folder / "log", timeout)


def test_the_least_busy_instance_is_taken(fleet):
    it = fleet({"main": 2})
    it.start()
    with it.lease(None) as first, it.lease(None) as second:
        assert first.instance is not second.instance
        with it.lease(None, avoid=first.instance) as third:
            assert third.instance is second.instance
    assert first.instance.in_flight == 0


def test_the_one_to_avoid_is_better_than_none(fleet):
    it = fleet({"main": 1})
    it.start()
    with it.lease(None) as first, it.lease(None, avoid=first.instance) as second:
        assert first.instance is second.instance


def test_weights_share_the_traffic(fleet):
    it = fleet({"a": 1, "b": 1}, {"a": 1.0, "b": 0.0})
    it.start()
    assert {_drawn(it) for _ in range(30)} == {"a"}
    it.set_weights({"b": 1.0})
    assert {_drawn(it) for _ in range(60)} == {"a", "b"}
    it.set_weights({"a": 0.0, "b": 0.0})
    with pytest.raises(Fault, match="weight above 0"):
        _drawn(it)
    with it.lease("a") as lease:
        assert lease.variant == "a"


def _drawn(it):
    with it.lease(None) as lease:
        return lease.variant


def test_a_retired_fleet_takes_nothing(fleet, lived):
    it = fleet({"main": 1})
    it.start()
    it.retire()
    assert lived == []
    with pytest.raises(FleetRetired), it.lease(None):
        pass


def test_retire_waits_for_requests_in_flight(fleet):
    import threading

    it = fleet({"main": 1})
    it.start()
    with it.lease(None) as lease:
        thread = threading.Thread(target=it.retire)
        thread.start()
        time.sleep(0.3)
        assert lease.instance.alive
    thread.join(10)
    assert not lease.instance.alive


def test_one_that_never_answers_200_fails_the_start(fleet, lived):
    with pytest.raises(DeploymentError) as caught:
        fleet({"main": 2}, ping="503", timeout=1.5).start()
    assert "/ping did not answer 200 in 2 s" in str(caught.value)
    assert "the program speaks" in str(caught.value)
    assert lived == []


def test_one_that_ends_fails_the_start(fleet):
    with pytest.raises(DeploymentError, match=r"exit code 3(.|\n)*no weights"):
        fleet({"main": 1}, code="import sys; print('no weights'); sys.exit(3)").start()


def test_a_program_that_is_not_there_fails_the_start(fleet, tmp_path):
    it = Fleet(
        {"main": [Launch(("/no/python",), tmp_path, {}, tmp_path / "log", 1)]},
        {"main": 1.0},
        Processes(lambda pid, started: None, lambda pid: None),
    )
    with pytest.raises(DeploymentError, match="cannot start /no/python"):
        it.start()


def test_a_start_can_be_called_off(fleet):
    began = time.monotonic()
    with pytest.raises(DeploymentError, match="cancelled"):
        fleet({"main": 1}, ping="503").start(cancelled=lambda: True)
    assert time.monotonic() - began < 10


def test_one_that_dies_is_replaced(fleet):
    it = fleet({"main": 1})
    it.start()
    first = it.members()["main"][0]
    first._process.kill()
    deadline = time.monotonic() + 10
    while first in it.members()["main"] or it.ready_count("main") == 0:
        assert time.monotonic() < deadline
        time.sleep(0.02)
    assert it.members()["main"][0].pid != first.pid
