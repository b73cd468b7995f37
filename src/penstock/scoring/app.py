"""The ASGI application: ``/ping``, ``/invocations``, ``/info``, ``/execution-parameters``."""

from __future__ import annotations

import asyncio
import logging
import re
import time
import uuid
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, TypeVar

import msgspec

from penstock.engines.base import Float32
from penstock.engines.tokens import Tokens
from penstock.errors import InputError, PenstockError
from penstock.filters import Record, answered
from penstock.scoring import contract
from penstock.scoring.batcher import Batcher, BusyError
from penstock.scoring.errors import RequestError, envelope
from penstock.scoring.model import ServedModel

__all__ = ["App", "State"]

Scope = Mapping[str, Any]
Receive = Callable[[], Awaitable[Mapping[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]
T = TypeVar("T")

log = logging.getLogger("penstock.scoring")

# Above this many bytes a body is worked on in a thread: other requests do not wait for it.
INLINE_BYTES = 32 * 1024
RETRY_AFTER = b"1"
SANE_ID = re.compile(r"[A-Za-z0-9._:@/+=-]{1,128}")
ATTRIBUTES_LENGTH = 1024


class State(StrEnum):
    """What the server is doing."""

    LOADING = "loading"
    READY = "ready"
    DRAINING = "draining"
    FAILED = "failed"


@dataclass(slots=True)
class Response:
    """An answer; `headers` beside content type and length."""

    status: int
    body: bytes
    content_type: str = contract.JSON
    headers: list[tuple[bytes, bytes]] = field(default_factory=list)


@dataclass(slots=True)
class Request:
    """What the routes need of a request; header names are lower case."""

    method: str
    path: str
    headers: dict[str, str]
    request_id: str
    receive: Receive
    records: int = 0


class App:
    """The application.

    Parameters
    ----------
    load : returns the model; called once, in a thread, while ``/ping`` says 503.
    on_failure : called with the exception if `load` fails.
    batcher : arguments for the `Batcher`.
    """

    def __init__(
        self,
        load: Callable[[], ServedModel],
        on_failure: Callable[[BaseException], None] = lambda error: None,
        **batcher: int,
    ) -> None:
        self.state = State.LOADING
        self._load, self.on_failure = load, on_failure
        self._options = batcher
        self._model: ServedModel | None = None
        self._batcher: Batcher | None = None
        self._workers = ThreadPoolExecutor(2, thread_name_prefix="worker")
        self._loading: asyncio.Task[None] | None = None
        self._routes: dict[str, tuple[str, Callable[[Request], Awaitable[Response]]]] = {
            "/ping": ("GET", self._ping),
            "/invocations": ("POST", self._invocations),
            "/info": ("GET", self._info),
            "/execution-parameters": ("GET", self._execution_parameters),
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one ASGI scope."""
        if scope["type"] == "lifespan":
            await self._lifespan(receive, send)
        elif scope["type"] == "http":
            await self._http(scope, receive, send)

    def drain(self) -> None:
        """Say on `/ping` that no more requests should come; those that come are answered."""
        self.state = State.DRAINING

    async def start(self) -> None:
        """Load the model, warm it up and become ready."""
        try:
            self._model = await self._in_thread(self._load)
            await self._in_thread(self._model.warm_up)
            self._batcher = Batcher(self._model.scorer.logits, **self._options)
            await self._batcher.start()
        except Exception as error:  # foreign code in filters and engines
            self.state = State.FAILED
            self.on_failure(error)
            return
        if self.state is State.LOADING:
            self.state = State.READY
        log.info("ready", extra={"fields": {"model": self._model.metadata}})

    async def stop(self) -> None:
        """Stop the batcher and the threads."""
        if self._loading is not None:
            self._loading.cancel()
        if self._batcher is not None:
            await self._batcher.stop()
        self._workers.shutdown(wait=False)

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        await receive()
        # Not awaited: the port answers /ping with 503 while the model loads.
        self._loading = asyncio.create_task(self.start(), name="load")
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await self.stop()
        await send({"type": "lifespan.shutdown.complete"})

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        started = time.perf_counter()
        headers = {k.decode("latin-1"): v.decode("latin-1") for k, v in scope["headers"]}
        request = Request(scope["method"], scope["path"], headers, _request_id(headers), receive)
        response = await self._answer(request)
        await self._send(send, request, response)
        if request.path != "/ping":
            _log_access(request, response, time.perf_counter() - started)

    async def _answer(self, request: Request) -> Response:
        try:
            return await self._route(request)
        except Exception as error:  # whatever happens, the client gets the envelope
            return _failure(error, request)

    async def _route(self, request: Request) -> Response:
        if request.path not in self._routes:
            hint = f"there are {', '.join(self._routes)}"
            raise RequestError(404, "not_found", "no such path", hint=hint)
        method, handler = self._routes[request.path]
        if request.method != method and not (method == "GET" and request.method == "HEAD"):
            what = f"want {method}"
            raise RequestError(405, "method_not_allowed", what, hint=f"send {method}")
        return await handler(request)

    async def _ping(self, request: Request) -> Response:
        status = 200 if self.state is State.READY else 503
        return Response(status, msgspec.json.encode({"status": self.state}))

    async def _info(self, request: Request) -> Response:
        return Response(200, msgspec.json.encode(self._ready().info()))

    async def _execution_parameters(self, request: Request) -> Response:
        parameters = {
            "MaxConcurrentTransforms": 8,
            "BatchStrategy": "MULTI_RECORD",
            "MaxPayloadInMB": contract.MAX_BODY // 2**20,
        }
        return Response(200, msgspec.json.encode(parameters))

    async def _invocations(self, request: Request) -> Response:
        model = self._ready()
        kind = contract.negotiate(request.headers.get("accept"))
        body = await _body(request)
        small = len(body) <= INLINE_BYTES and not model.pipeline.foreign
        call = self._at_once if small else self._in_thread
        content_type = request.headers.get("content-type")
        prepared = await call(lambda: _prepare(model, body, content_type))
        request.records = len(prepared.records)
        logits = await self._score(prepared.tokens.rows)
        content = await call(lambda: _finish(model, prepared, logits, request.request_id, kind))
        return Response(200, content, kind, _model_headers(model, request))

    async def _score(self, rows: list[list[int]]) -> Float32 | None:
        if not rows or self._batcher is None:
            return None
        return await self._batcher.submit(rows)

    def _ready(self) -> ServedModel:
        if self._model is None or self.state in (State.LOADING, State.FAILED):
            raise BusyError("the model is not loaded yet")
        return self._model

    async def _at_once(self, work: Callable[[], T]) -> T:
        return work()

    async def _in_thread(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._workers, work)

    async def _send(self, send: Send, request: Request, response: Response) -> None:
        headers = [
            (b"content-type", response.content_type.encode()),
            (b"content-length", str(len(response.body)).encode()),
            (b"x-request-id", request.request_id.encode()),
            *response.headers,
        ]
        if self.state is State.DRAINING:
            # So that no client sends its next request into a connection that closes.
            headers.append((b"connection", b"close"))
        start = {"type": "http.response.start", "status": response.status, "headers": headers}
        await send(start)
        body = b"" if request.method == "HEAD" else response.body
        await send({"type": "http.response.body", "body": body})


@dataclass(slots=True)
class _Prepared:
    """Records after the filters before the model; the texts of `pending` go to it as `tokens`."""

    records: list[Record]
    pending: list[int]
    tokens: Tokens


def _prepare(model: ServedModel, body: bytes, content_type: str | None) -> _Prepared:
    records = model.pipeline.before(contract.decode(body, content_type))
    pending = [row for row, record in enumerate(records) if record.pending]
    tokens = model.scorer.encode([records[row].text for row in pending])
    return _Prepared(records, pending, tokens)


def _finish(
    model: ServedModel,
    prepared: _Prepared,
    logits: Float32 | None,
    request_id: str,
    kind: str,
) -> bytes:
    records, pending = prepared.records, prepared.pending
    if logits is not None:
        scores = model.scorer.read(logits, prepared.tokens)
        answers = answered([records[row] for row in pending], scores, model.scorer)
        for row, record in zip(pending, answers, strict=True):
            records[row] = record
    return contract.encode(model.pipeline.after(records), model.metadata, request_id, kind)


async def _body(request: Request) -> bytes:
    """Read the body, no more of it than is allowed."""
    encoding = request.headers.get("content-encoding", "identity")
    if encoding.strip().lower() not in ("", "identity"):
        hint = "send the body as it is"
        raise RequestError(415, "unsupported_encoding", "compressed bodies are not read", hint=hint)
    length = request.headers.get("content-length", "0")
    if length.isdecimal() and int(length) > contract.MAX_BODY:
        raise contract.too_large()
    chunks: list[bytes] = []
    size, more = 0, True
    while more:
        message = await request.receive()
        if message["type"] == "http.disconnect":
            raise RequestError(400, "incomplete_body", "the client went away")
        chunks.append(message.get("body", b""))
        size += len(chunks[-1])
        if size > contract.MAX_BODY:
            raise contract.too_large()
        more = message.get("more_body", False)
    return b"".join(chunks)


def _request_id(headers: Mapping[str, str]) -> str:
    """Return the client's id if it is one that is safe in a log and a header, else a new one."""
    for name in ("x-amzn-sagemaker-inference-id", "x-request-id"):
        if SANE_ID.fullmatch(headers.get(name, "")):
            return headers[name]
    return str(uuid.uuid4())


def _model_headers(model: ServedModel, request: Request) -> list[tuple[bytes, bytes]]:
    """Echo SageMaker's custom attributes, with the model's version and the request's id."""
    given = request.headers.get("x-amzn-sagemaker-custom-attributes", "")
    own = f"model_version={model.metadata['version'] or ''}; request_id={request.request_id}"
    room = ATTRIBUTES_LENGTH - len(own) - 2
    kept = given if given.isascii() and given.isprintable() and len(given) <= room else ""
    value = f"{kept}; {own}" if kept else own
    return [(b"x-amzn-sagemaker-custom-attributes", value.encode("ascii", "replace"))]


def _failure(error: Exception, request: Request) -> Response:
    status, code = _classify(error)
    if status == 500:
        log.error("request failed", exc_info=error, extra={"fields": _fields(request)})
    headers = [(b"retry-after", RETRY_AFTER)] if status == 503 else []
    if status == 413:
        headers.append((b"connection", b"close"))
    if code == "internal":
        message, hint = "the server failed", "the log has the request_id"
    else:
        message, hint = _message(error)
    body = msgspec.json.encode(envelope(code, message, hint or None, request.request_id))
    return Response(status, body, headers=headers)


def _classify(error: Exception) -> tuple[int, str]:
    if isinstance(error, RequestError):
        return error.status, error.request_code
    if isinstance(error, BusyError):
        return 503, error.code
    if isinstance(error, InputError):
        return 422, error.code
    return 500, "internal"


def _message(error: Exception) -> tuple[str, str]:
    if not isinstance(error, PenstockError):
        return "", ""
    shown = error.problems[:10]
    message = "; ".join(f"{p.where}: {p.what}" if p.where else p.what for p in shown)
    hints = [problem.hint for problem in shown if problem.hint]
    return message, hints[0] if hints else ""


def _log_access(request: Request, response: Response, seconds: float) -> None:
    milliseconds = round(seconds * 1000, 2)
    extra = {"status": response.status, "ms": milliseconds, "records": request.records}
    log.info("request", extra={"fields": {**_fields(request), **extra}})


def _fields(request: Request) -> dict[str, Any]:
    return {
        "method": request.method,
        "path": request.path[:200],
        "request_id": request.request_id,
    }
