"""The one WSGI app: SageMaker is ours, health and status too, all else is moto's."""

from __future__ import annotations

import json
import logging
import re
import time
import uuid
from collections.abc import Callable, Iterable, Mapping
from typing import Any
from urllib.parse import unquote

from penstock.localcloud.api.actions import Api
from penstock.localcloud.fault import Fault, validation_error
from penstock.localcloud.host.aws import WsgiApp
from penstock.localcloud.host.scope import Scope, read_scope
from penstock.localcloud.hosting.invoke import (
    BODY_BYTES,
    CUSTOM_ATTRIBUTES,
    INFERENCE_ID,
    Invocation,
    Invoker,
)
from penstock.localcloud.log import event

__all__ = ["App"]

_INVOCATIONS = re.compile(r"/endpoints/([^/]+)/invocations")
_TARGET = "SageMaker."
# Read from WSGI's environ, sent to the container.
_PASSED = {
    "CONTENT_TYPE": "Content-Type",
    "HTTP_ACCEPT": "Accept",
    "HTTP_X_AMZN_SAGEMAKER_CUSTOM_ATTRIBUTES": CUSTOM_ATTRIBUTES,
    "HTTP_X_AMZN_SAGEMAKER_INFERENCE_ID": INFERENCE_ID,
}
_JSON = "application/x-amz-json-1.1"

Environ = dict[str, Any]
_Response = tuple[int, bytes, Mapping[str, str]]


class App:
    """Sends a request where its credential's scope says.

    Parameters
    ----------
    status : gives what ``/_penstock/status`` answers.
    """

    def __init__(
        self,
        api: Api,
        invoker: Invoker,
        s3: WsgiApp,
        others: WsgiApp,
        status: Callable[[], dict[str, Any]],
    ) -> None:
        self._api = api
        self._invoker = invoker
        self._s3 = s3
        self._others = others
        self._status = status

    def __call__(self, environ: Environ, start_response: Any) -> Iterable[bytes]:
        """Answer one request and log it, without body or query."""
        begun = time.monotonic()
        codes: list[str] = []

        def noting(status: str, headers: Any, error: Any = None) -> Any:
            codes.append(status[:3])
            return start_response(status, headers, error)

        scope = read_scope(environ)
        answer = self._route(environ, scope, noting)
        if not environ["PATH_INFO"].startswith("/_penstock/"):
            _log(environ, scope, codes, begun)
        return answer

    def _route(self, environ: Environ, scope: Scope | None, start: Any) -> Iterable[bytes]:
        path = environ["PATH_INFO"]
        if path.startswith("/_penstock/"):
            return _send(start, self._own(path))
        if path.startswith("/moto-api"):
            # Its reset would empty S3 behind the mirror's back.
            return _send(start, (404, b"", {}))
        if scope is not None and scope.service == "sagemaker":
            return _send(start, self._sagemaker(environ, scope))
        # moto takes what is not signed for S3, as a public object.
        is_s3 = scope is None or scope.service == "s3"
        answer: Iterable[bytes] = (self._s3 if is_s3 else self._others)(environ, start)
        return answer

    def _own(self, path: str) -> _Response:
        if path not in ("/_penstock/health", "/_penstock/status"):
            return 404, b"", {}
        return 200, json.dumps(self._status()).encode(), {"Content-Type": "application/json"}

    def _sagemaker(self, environ: Environ, scope: Scope) -> _Response:
        endpoint = _INVOCATIONS.fullmatch(environ["PATH_INFO"])
        try:
            if endpoint:
                return self._invoke(environ, scope, unquote(endpoint.group(1)))
            return self._call(environ, scope)
        except Fault as fault:
            return _fault(fault)
        except Exception:  # whatever broke, a client gets an answer and no trace; the log has that
            event("request.failed", level=logging.ERROR, error=True, path=environ["PATH_INFO"])
            return _fault(Fault("InternalFailure", "The host failed; see host.log", status=500))

    def _call(self, environ: Environ, scope: Scope) -> _Response:
        action = environ.get("HTTP_X_AMZ_TARGET", "").removeprefix(_TARGET)
        answer = self._api.call(scope.region, action, _body(environ))
        return 200, json.dumps(answer).encode(), {"Content-Type": _JSON}

    def _invoke(self, environ: Environ, scope: Scope, endpoint: str) -> _Response:
        headers = {name: environ[key] for key, name in _PASSED.items() if environ.get(key)}
        variant = environ.get("HTTP_X_AMZN_SAGEMAKER_TARGET_VARIANT")
        body = _body(environ, most=BODY_BYTES)
        call = Invocation(scope.region, endpoint, body, headers, variant)
        answer = self._invoker.invoke(call)
        return 200, answer.body, answer.headers


def _body(environ: Environ, most: int | None = None) -> bytes:
    """Read a body, whether its length is given or it comes in chunks."""
    stream = environ["wsgi.input"]
    if environ.get("wsgi.input_terminated"):
        body: bytes = stream.read() if most is None else stream.read(most + 1)
        length = len(body)
    else:
        length = int(environ.get("CONTENT_LENGTH") or 0)
        body = b"" if most is not None and length > most else stream.read(length)
    if most is not None and length > most:
        raise validation_error(
            f"1 validation error detected: Value at 'body' failed to satisfy constraint: "
            f"Member must have length less than or equal to {most}"
        )
    return body


def _fault(fault: Fault) -> _Response:
    # The API's clients read __type and message, the runtime's the header and Message.
    body = {"__type": fault.fault, "message": fault.message, "Message": fault.message}
    body.update(fault.extra)
    headers = {"Content-Type": _JSON, "x-amzn-ErrorType": fault.fault}
    return fault.status, json.dumps(body).encode(), headers


def _send(start: Any, response: _Response) -> Iterable[bytes]:
    status, body, headers = response
    every = {**headers, "Content-Length": str(len(body)), "x-amzn-RequestId": str(uuid.uuid4())}
    start(f"{status} {'OK' if status == 200 else 'Error'}", list(every.items()))
    return [body]


def _log(environ: Environ, scope: Scope | None, codes: list[str], begun: float) -> None:
    target = environ.get("HTTP_X_AMZ_TARGET")
    event(
        "request",
        method=environ["REQUEST_METHOD"],
        path=environ["PATH_INFO"],
        action=target.rpartition(".")[2] if target else None,
        service=scope.service if scope else None,
        region=scope.region if scope else None,
        status=int(codes[-1]) if codes else None,
        ms=round((time.monotonic() - begun) * 1000, 1),
    )
