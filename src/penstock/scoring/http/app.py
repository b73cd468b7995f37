"""The ASGI application: ``/invocations``, ``/ping`` and the routes about the server."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Mapping
from enum import StrEnum
from pathlib import Path
from typing import Any

import msgspec

from penstock import __version__
from penstock.scoring import contract
from penstock.scoring.errors import ClientGone, HangError, RequestError
from penstock.scoring.http.failures import failure
from penstock.scoring.http.sending import Send, send_answer
from penstock.scoring.process.past import Past
from penstock.scoring.process.settings import Settings
from penstock.scoring.request import Receive, Request, Response, request_id
from penstock.scoring.watch.metrics import TEXT
from penstock.scoring.watch.observers import Observers
from penstock.scoring.work.batcher import BusyError
from penstock.scoring.work.model import ServedModel
from penstock.scoring.work.service import Service
from penstock.scoring.work.traffic import Traffic

__all__ = ["App", "State"]

Scope = Mapping[str, Any]
Handler = Callable[[Request], Awaitable[Response]]

log = logging.getLogger("penstock.scoring")

OPENAPI = Path(__file__).with_name("openapi.json")

GONE = 499
"""nginx's status for a client that closed its connection; only in logs and metrics."""

DEFAULTS = Settings()
NOTHING = Past()

LOOK_EVERY = 0.05
"""Seconds between checks of the requests in progress: how late a deadline is noticed."""


class State(StrEnum):
    """States of the server."""

    LOADING = "loading"
    READY = "ready"
    DRAINING = "draining"
    FAILED = "failed"


class App:
    """The application.

    Parameters
    ----------
    load : returns the model; called once, in a thread, while ``/ping`` says 503.
    on_failure : called with the exception if `load` fails.
    settings : its bounds.
    past : counts of the workers before this one.
    heartbeat : called every `LOOK_EVERY` seconds while the event loop runs.
    batcher : arguments for the `Batcher`.
    """

    def __init__(
        self,
        load: Callable[[], ServedModel],
        on_failure: Callable[[BaseException], None] = lambda error: None,
        settings: Settings = DEFAULTS,
        past: Past = NOTHING,
        heartbeat: Callable[[], None] = lambda: None,
        **batcher: int,
    ) -> None:
        self._state = State.LOADING
        self._load, self.on_failure = load, on_failure
        self._options, self._heartbeat = batcher, heartbeat
        self._traffic = Traffic(settings.max_requests, settings.deadline)
        self._observers = Observers(settings, past)
        self._service: Service | None = None
        self._gauges()
        self._tasks: list[asyncio.Task[None]] = []
        self._routes: dict[str, tuple[str, Handler]] = {
            "/ping": ("GET", self._ping),
            "/health": ("GET", self._ping),
            "/version": ("GET", self._version),
            "/invocations": ("POST", self._invocations),
            "/info": ("GET", self._info),
            "/execution-parameters": ("GET", self._execution_parameters),
            "/metrics": ("GET", self._metrics),
            "/openapi.json": ("GET", self._openapi),
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one ASGI scope."""
        if scope["type"] == "lifespan":
            await self._lifespan(receive, send)
        elif scope["type"] == "http":
            await self._http(scope, receive, send)

    @property
    def state(self) -> State:
        """What ``/ping`` answers."""
        if self._state is State.READY and self._service and not self._service.healthy:
            return State.FAILED
        return self._state

    def drain(self, seconds: float = 28.0) -> None:
        """Answer 503 on `/ping`; go on answering requests for a while.

        Parameters
        ----------
        seconds : after which requests that still wait are refused.
        """
        self._state = State.DRAINING
        self._traffic.end_within(seconds)

    async def start(self) -> None:
        """Load the model, warm it up and become ready."""
        self._tasks.append(asyncio.create_task(self._watch(), name="watch"))
        try:
            model = await asyncio.to_thread(self._load)
            await asyncio.to_thread(model.warm_up)
            self._service = self._serving(model)
            await self._service.start()
        except Exception as error:  # third-party filters and engines raise anything
            self._fail(error)
            return
        if self._state is State.LOADING:
            self._state = State.READY
        model.specialise()
        log.info("ready", extra={"fields": {"model": model.metadata}})

    async def stop(self) -> None:
        """Stop at once."""
        for task in self._tasks:
            task.cancel()
        if self._service is not None:
            await self._service.stop()
        await asyncio.to_thread(self._observers.close)

    def _serving(self, model: ServedModel) -> Service:
        seen = self._observers
        return Service(model, self._traffic, seen.figures, seen.capture, **self._options)

    def _fail(self, error: Exception) -> None:
        self._state = State.FAILED
        self._traffic.end_within(0)
        self.on_failure(error)

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(LOOK_EVERY)
            self._heartbeat()
            self._traffic.look()
            self._observers.flush()
            if self._service is not None:
                self._service.look()
                if self._service.engine.hangs and self._state is not State.FAILED:
                    self._fail(HangError("the engine hangs"))

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        await receive()
        # Not awaited: the port answers /ping with 503 while the model loads.
        self._tasks.append(asyncio.create_task(self.start(), name="load"))
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await self.stop()
        await send({"type": "lifespan.shutdown.complete"})

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        started = time.perf_counter()
        headers = {k.decode("latin-1"): v.decode("latin-1") for k, v in scope["headers"]}
        path, id_ = scope["path"], request_id(headers)
        request = Request(scope["method"], path, headers, id_, receive, started)
        try:
            response = await self._answer(request)
            # While draining, a client must not send its next request on this connection.
            closing = self._state is State.DRAINING
            await send_answer(send, request, response, self._traffic, closing=closing)
            status = response.status
        except ClientGone:
            status = GONE
        route = path if path in self._routes else ""
        self._observers.note(request, route, status, time.perf_counter() - started)

    async def _answer(self, request: Request) -> Response:
        try:
            return await self._route(request)
        except ClientGone:
            raise
        except Exception as error:  # every error is answered with the same JSON object
            response = failure(error, request)
            if response.status == 500:
                log.error("request failed", exc_info=error, extra={"fields": request.fields()})
            return response

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
        state = self.state
        return Response(
            200 if state is State.READY else 503, msgspec.json.encode({"status": state})
        )

    async def _info(self, request: Request) -> Response:
        return Response(200, msgspec.json.encode(self._ready().model.info()))

    async def _execution_parameters(self, request: Request) -> Response:
        parameters = {
            "MaxConcurrentTransforms": 8,
            "BatchStrategy": "MULTI_RECORD",
            "MaxPayloadInMB": contract.MAX_BODY // 2**20,
        }
        return Response(200, msgspec.json.encode(parameters))

    async def _metrics(self, request: Request) -> Response:
        return Response(200, self._observers.figures.render(), TEXT)

    async def _version(self, request: Request) -> Response:
        return Response(200, __version__.encode(), "text/plain; charset=utf-8")

    async def _openapi(self, request: Request) -> Response:
        return Response(200, OPENAPI.read_bytes())

    async def _invocations(self, request: Request) -> Response:
        return await self._traffic.run(request, self._ready().invoke)

    def _ready(self) -> Service:
        if self._service is None or self._state in (State.LOADING, State.FAILED):
            raise BusyError("the model is not loaded yet")
        return self._service

    def _gauges(self) -> None:
        figures = self._observers.figures
        gauge = figures.gauge
        gauge("penstock_requests_in_progress", "Requests under way.", lambda: len(self._traffic))
        gauge("penstock_body_bytes", "Bodies in memory.", lambda: self._traffic.held)
        gauge(
            "penstock_rows_waiting",
            "Rows that wait for the engine.",
            lambda: self._service.waiting if self._service else 0,
        )
        figures.filters(lambda: self._service.model.pipeline.counters() if self._service else {})
        gauge("penstock_ready", "1 if /ping says 200.", lambda: self.state is State.READY)
