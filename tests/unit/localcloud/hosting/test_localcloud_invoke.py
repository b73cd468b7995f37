"""The invoker against a real HTTP server in this process, and fleets that are handed to it."""

import contextlib
import http.server
import threading
import time
from types import SimpleNamespace

import pytest

from penstock.localcloud.fault import Fault
from penstock.localcloud.hosting.fleet import FleetRetired, Lease
from penstock.localcloud.hosting.invoke import Invocation, Invoker

CALL = Invocation("us-east-1", "intent", b"hello", {"Content-Type": "text/plain"})


class Handler(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if body == b"slow":
            time.sleep(0.6)
        self.send_response(500 if body == b"broken" else 200)
        self.end_headers()
        self.wfile.write(body.upper())

    def log_message(self, *arguments):
        pass


@pytest.fixture(scope="module")
def instance():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield SimpleNamespace(port=server.server_address[1], pid=1)
    server.shutdown()
    server.server_close()


class Fleet:
    """Leases the given instances in turn, avoiding as it is told."""

    def __init__(self, *instances, retired=False):
        self.instances, self.retired = instances, retired

    @contextlib.contextmanager
    def lease(self, variant, avoid=None):
        if self.retired:
            raise FleetRetired
        yield Lease("main", next(item for item in self.instances if item is not avoid))


class Endpoints:
    """Gives one fleet after the other, the last for good."""

    def __init__(self, *fleets, document=None):
        self.fleets, self._document = list(fleets), document

    def fleet(self, key):
        return self.fleets.pop(0) if len(self.fleets) > 1 else (self.fleets or [None])[0]

    def document(self, key):
        return self._document


def test_a_fleet_that_retires_meanwhile_has_a_successor(instance):
    endpoints = Endpoints(Fleet(retired=True), Fleet(retired=True), Fleet(instance))
    answer = Invoker(endpoints).invoke(CALL)
    assert answer.body == b"HELLO"
    assert answer.headers["X-Amzn-Invoked-Production-Variant"] == "main"


def test_another_instance_takes_over_from_one_that_is_gone(instance):
    gone = SimpleNamespace(port=1, pid=2)
    assert Invoker(Endpoints(Fleet(gone, instance))).invoke(CALL).body == b"HELLO"


def test_two_that_are_gone_are_503():
    gone = [SimpleNamespace(port=1, pid=number) for number in range(2)]
    with pytest.raises(Fault) as caught:
        Invoker(Endpoints(Fleet(*gone))).invoke(CALL)
    assert (caught.value.fault, caught.value.status) == ("ServiceUnavailable", 503)


@pytest.mark.parametrize(
    ("body", "status", "said"),
    [(b"broken", 500, "Received server error (500)"), (b"slow", 0, "timed out")],
)
def test_the_containers_error_is_not_tried_again(instance, body, status, said):
    call = Invocation("us-east-1", "intent", body, {})
    with pytest.raises(Fault) as caught:
        Invoker(Endpoints(Fleet(instance)), timeout=0.2).invoke(call)
    assert (caught.value.fault, caught.value.status) == ("ModelError", 424)
    assert caught.value.extra["OriginalStatusCode"] == status
    assert said in caught.value.message


@pytest.mark.parametrize(
    ("document", "fault"),
    [
        (None, "ValidationError"),
        ({"status": "Creating"}, "ValidationError"),
        ({"status": "Failed", "deployment": {"id": "d"}}, "ValidationError"),
        ({"status": "Deleting", "deployment": {"id": "d"}}, "ValidationError"),
        ({"status": "SystemUpdating", "deployment": {"id": "d"}}, "ServiceUnavailable"),
        ({"status": "Updating", "deployment": {"id": "d"}}, "ServiceUnavailable"),
    ],
)
def test_an_endpoint_without_a_fleet(document, fault):
    with pytest.raises(Fault) as caught:
        Invoker(Endpoints(document=document)).invoke(CALL)
    assert caught.value.fault == fault
