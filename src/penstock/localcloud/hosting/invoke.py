"""InvokeEndpoint: pass a request to an instance and its answer back."""

from __future__ import annotations

import contextlib
import http.client
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from penstock.localcloud.fault import Fault, service_unavailable, validation_error
from penstock.localcloud.hosting.endpoints import Endpoints
from penstock.localcloud.hosting.fleet import Fleet, FleetRetired, Lease
from penstock.localcloud.hosting.instance import Instance
from penstock.localcloud.log import event
from penstock.localcloud.names import ACCOUNT

__all__ = ["BODY_BYTES", "Answer", "Invocation", "Invoker"]

BODY_BYTES = 6_291_456
TIMEOUT_SECONDS = 60.0
CUSTOM_ATTRIBUTES = "X-Amzn-SageMaker-Custom-Attributes"
INFERENCE_ID = "X-Amzn-SageMaker-Inference-Id"
# Any other endpoint that has served before is between two processes of the host.
_NOT_SERVING = ("Failed", "Deleting")
VARIANT = "X-Amzn-Invoked-Production-Variant"


@dataclass(frozen=True, slots=True)
class Invocation:
    """A request to an endpoint. `headers` are those the container shall see."""

    region: str
    endpoint: str
    body: bytes
    headers: Mapping[str, str]
    variant: str | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What the container answered, and with which variant."""

    body: bytes
    headers: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class _Reply:
    status: int
    body: bytes
    headers: Mapping[str, str]


class _Gone(Exception):
    """The process ended before it answered."""


class Invoker:
    """Finds an instance for each request, and another where the first one dies under it.

    Parameters
    ----------
    timeout : how long a container may take.
    """

    def __init__(self, endpoints: Endpoints, timeout: float = TIMEOUT_SECONDS) -> None:
        self._endpoints = endpoints
        self._timeout = timeout

    def invoke(self, call: Invocation) -> Answer:
        """Return the container's answer.

        Raises
        ------
        Fault : no such endpoint or variant, no instance, or the container's own error.
        """
        failed: Instance | None = None
        for _ in range(2):
            with self._lease(call, failed) as lease:
                try:
                    return _answer(_ask(lease.instance, call, self._timeout), lease.variant)
                except _Gone:
                    failed = lease.instance
                    event("invoke.retried", endpoint=call.endpoint, pid=failed.pid)
        raise service_unavailable("The instances that took the request ended before they answered")

    @contextlib.contextmanager
    def _lease(self, call: Invocation, avoid: Instance | None) -> Iterator[Lease]:
        """Hold an instance. A fleet that was retired meanwhile has a successor: ask again."""
        with contextlib.ExitStack() as stack:
            while True:
                try:
                    lease = stack.enter_context(self._fleet(call).lease(call.variant, avoid))
                    break
                except FleetRetired:
                    time.sleep(0.001)
            yield lease

    def _fleet(self, call: Invocation) -> Fleet:
        key = (call.region, call.endpoint)
        fleet = self._endpoints.fleet(key)
        if fleet is not None:
            return fleet
        document = self._endpoints.document(key)
        if document and document.get("deployment") and document["status"] not in _NOT_SERVING:
            raise service_unavailable(f"Endpoint {call.endpoint} is coming back")
        raise validation_error(f"Endpoint {call.endpoint} of account {ACCOUNT} not found.")


def _ask(instance: Instance, call: Invocation, timeout: float) -> _Reply:
    connection = http.client.HTTPConnection("127.0.0.1", instance.port, timeout=timeout)
    try:
        connection.request("POST", "/invocations", call.body, dict(call.headers))
        reply = connection.getresponse()
        return _Reply(reply.status, reply.read(), dict(reply.getheaders()))
    except TimeoutError as error:
        raise _model_error(
            0,
            "Your invocation timed out while waiting for a response from container primary.",
        ) from error
    except (OSError, http.client.HTTPException) as error:
        raise _Gone from error
    finally:
        connection.close()


def _answer(reply: _Reply, variant: str) -> Answer:
    if not 200 <= reply.status < 300:
        raise _model_error(reply.status, reply.body.decode(errors="replace"))
    given = {name.lower(): value for name, value in reply.headers.items()}
    headers = {
        "Content-Type": given.get("content-type", "application/octet-stream"),
        VARIANT: variant,
    }
    if CUSTOM_ATTRIBUTES.lower() in given:
        headers[CUSTOM_ATTRIBUTES] = given[CUSTOM_ATTRIBUTES.lower()]
    return Answer(reply.body, headers)


def _model_error(status: int, message: str) -> Fault:
    side = "client" if 400 <= status < 500 else "server"
    return Fault(
        "ModelError",
        f'Received {side} error ({status}) from primary with message "{message}".',
        status=424,
        extra={"OriginalStatusCode": status, "OriginalMessage": message},
    )
