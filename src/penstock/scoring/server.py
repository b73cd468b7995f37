"""The process: a port, signals, a drain that loses nothing."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import uvicorn

from penstock.errors import ConfigError, MachineError
from penstock.scoring.app import App
from penstock.scoring.model import ServedModel

__all__ = ["Server", "Settings", "serve"]

log = logging.getLogger("penstock.scoring")

# Requests that were on their way when SIGTERM came are still accepted for this long.
LAME_DUCK = 0.5
DRAIN = 29


@dataclass(frozen=True, slots=True)
class Settings:
    """Where to listen and what to serve; `from_environment` says which variables count."""

    model_dir: Path = Path("/opt/ml/model")
    host: str = "0.0.0.0"  # noqa: S104 - a container's port is reached from outside it
    port: int = 8080
    threads: int | None = None
    log_level: str = "INFO"

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> Self:
        """Read ``PENSTOCK_MODEL_DIR``, ``PENSTOCK_HOST``, ``SAGEMAKER_BIND_TO_PORT``,
        ``PENSTOCK_THREADS`` and ``PENSTOCK_LOG_LEVEL``; what is absent has its default.

        Raises
        ------
        ConfigError : a port or a number of threads is no such number.
        """
        default = cls()
        return cls(
            model_dir=Path(environment.get("PENSTOCK_MODEL_DIR") or default.model_dir),
            host=environment.get("PENSTOCK_HOST") or default.host,
            port=_number(environment, "SAGEMAKER_BIND_TO_PORT", 65_535) or default.port,
            threads=_number(environment, "PENSTOCK_THREADS", 1024),
            log_level=_level(environment.get("PENSTOCK_LOG_LEVEL") or default.log_level),
        )


class Server(uvicorn.Server):
    """uvicorn that leaves with 0 after SIGTERM, when every request is answered."""

    def __init__(self, config: uvicorn.Config, app: App) -> None:
        super().__init__(config)
        self._app = app
        self.failure: BaseException | None = None

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Drain on SIGTERM and SIGINT; a second signal leaves at once.

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
        """Stop because the model could not be loaded."""
        self.failure = error
        self.should_exit = True

    def _stop(self, loop: asyncio.AbstractEventLoop) -> None:
        if self._draining:
            self.force_exit = self.should_exit = True
            return
        log.info("draining")
        self._draining = True
        self._app.drain()
        loop.call_later(LAME_DUCK, self._leave)

    def _leave(self) -> None:
        self.should_exit = True

    _draining = False


def serve(settings: Settings) -> None:
    """Serve until SIGTERM.

    Raises
    ------
    PenstockError : the model cannot be loaded.
    MachineError : the port is taken.
    """
    app = App(lambda: ServedModel.load(settings.model_dir, settings.threads))
    config = uvicorn.Config(
        app,
        host=settings.host,
        port=settings.port,
        loop="uvloop",
        http="httptools",
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        # A load balancer keeps idle connections for 60 s; it must be the one that closes.
        timeout_keep_alive=75,
        timeout_graceful_shutdown=DRAIN,
    )
    server = Server(config, app)
    app.on_failure = server.fail
    _run(server, settings)
    if server.failure is not None:
        raise server.failure


def _run(server: Server, settings: Settings) -> None:
    try:
        server.run()
    except SystemExit as error:
        if error.code:
            where = f"{settings.host}:{settings.port}"
            hint = "is another server running? set SAGEMAKER_BIND_TO_PORT"
            raise MachineError("cannot listen", where=where, hint=hint) from None


def _number(environment: Mapping[str, str], name: str, limit: int) -> int | None:
    text = environment.get(name)
    if not text:
        return None
    if not text.isdecimal() or not 1 <= int(text) <= limit:
        raise ConfigError(f"{text!r} is not a number from 1 to {limit}", where=name)
    return int(text)


def _level(name: str) -> str:
    levels = ("DEBUG", "INFO", "WARNING", "ERROR")
    if name.upper() not in levels:
        what = f"{name!r} is not one of {', '.join(levels)}"
        raise ConfigError(what, where="PENSTOCK_LOG_LEVEL")
    return name.upper()
