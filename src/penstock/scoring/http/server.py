"""The worker's HTTP server: signals and connection draining."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
import socket
from collections.abc import Iterator
from functools import partial
from typing import Any

import uvicorn

from penstock.scoring.http.app import App
from penstock.scoring.http.protocol import HEAD_SECONDS, Protocol
from penstock.scoring.process.handover import Handover
from penstock.scoring.process.past import Past
from penstock.scoring.process.settings import Settings
from penstock.scoring.work.model import ServedModel

__all__ = ["Server", "serve"]

log = logging.getLogger("penstock.scoring")

# For this long after SIGTERM, requests are still accepted: a load balancer may not know yet.
UNREADY_SECONDS = 0.5
DRAIN = 29


class Server(uvicorn.Server):
    """uvicorn that answers every request after SIGTERM and then exits with 0."""

    def __init__(self, config: uvicorn.Config, app: App) -> None:
        super().__init__(config)
        self._app = app
        self.failure: BaseException | None = None

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Drain on SIGTERM and SIGINT; exit at once on a second signal.

        uvicorn would raise the signal again at the end and so exit with its number.
        """
        loop = asyncio.get_running_loop()
        handled = (signal.SIGTERM, signal.SIGINT)
        for number in handled:
            loop.add_signal_handler(number, self._stop, loop)
        try:
            yield
        finally:
            for number in handled:
                loop.remove_signal_handler(number)

    def fail(self, error: BaseException) -> None:
        """Stop; `serve` raises `error`."""
        self.failure = error
        self.should_exit = True

    def _stop(self, loop: asyncio.AbstractEventLoop) -> None:
        if self._draining:
            self.force_exit = self.should_exit = True
            return
        log.info("draining")
        self._draining = True
        self._app.drain()
        loop.call_later(UNREADY_SECONDS, self._leave)

    def _leave(self) -> None:
        self.should_exit = True

    _draining = False


def _protocol(settings: Settings, handover: Handover) -> Any:
    seconds = min(HEAD_SECONDS, settings.deadline)
    return partial(Protocol, head_seconds=seconds, handover=handover)


def serve(settings: Settings, listener: socket.socket, past: Past, handover: Handover) -> None:
    """Serve until SIGTERM.

    Parameters
    ----------
    listener : where connections come in.
    past : counts of the workers before this one.
    handover : passes connections and heartbeats to the parent process.

    Raises
    ------
    PenstockError : the model cannot be loaded.
    HangError : the engine hangs.
    """

    def load() -> ServedModel:
        return ServedModel.load(settings.model_dir, settings.threads, streams=settings.streams)

    app = App(load, settings=settings, past=past, heartbeat=handover.heartbeat)
    config = uvicorn.Config(
        app,
        loop="uvloop",
        http=_protocol(settings, handover),
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        # No answer depends on a client's address.
        proxy_headers=False,
        server_header=False,
        # A load balancer keeps idle connections for 60 s; it must be the one that closes.
        timeout_keep_alive=75,
        timeout_graceful_shutdown=DRAIN,
    )
    server = Server(config, app)
    app.on_failure = server.fail
    server.run(sockets=[listener])
    if server.failure is not None:
        raise server.failure
