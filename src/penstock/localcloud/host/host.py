"""The host: state, live endpoints, moto and the port, put together and taken apart."""

from __future__ import annotations

import contextlib
import fcntl
import json
import logging
import os
import signal
import threading
import time
from pathlib import Path
from typing import IO, Any

import boto3
from botocore.config import Config

from penstock.errors import MachineError
from penstock.localcloud.api.actions import Api
from penstock.localcloud.host.app import App
from penstock.localcloud.host.aws import aws_app
from penstock.localcloud.host.info import EndpointInfo, HostInfo, InstanceInfo
from penstock.localcloud.host.mirror import Mirror
from penstock.localcloud.host.server import bind, serve_on
from penstock.localcloud.hosting import process
from penstock.localcloud.hosting.deployer import Deployer
from penstock.localcloud.hosting.endpoints import KIND, Endpoints
from penstock.localcloud.hosting.fleet import Processes
from penstock.localcloud.hosting.invoke import Invoker
from penstock.localcloud.hosting.runtime import Runtime
from penstock.localcloud.log import event, open_log
from penstock.localcloud.owner import owner_of
from penstock.localcloud.state import State

__all__ = ["HOST_FILE", "Host", "write_atomically"]

HOST_FILE = "host.json"
ORPHAN_SECONDS = 5.0
WATCH_SECONDS = 1.0


class Host:
    """One process's worth of cloud.

    Parameters
    ----------
    state_dir : everything the host keeps; one host at a time.
    port : where to listen; 0 takes a free one.
    runtime : what runs models.
    """

    def __init__(self, state_dir: Path, port: int, runtime: Runtime) -> None:
        self._dir = state_dir
        self._owner, self._folder = owner_of(state_dir), str(state_dir.resolve())
        self._lock = _take(state_dir / "host.lock")
        open_log(state_dir / "host.log")
        self._listener = bind(port)
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self._state = State(state_dir / "state.db")
        self._state.take_over(self._owner)
        self._end_orphans()
        processes = Processes(self._state.add_process, self._state.forget_process)
        deployer = Deployer(state_dir, runtime, self._s3, processes)
        self._endpoints = Endpoints(self._state, deployer)
        self._server = serve_on(self._listener, self._app())

    def run(self) -> None:
        """Serve until SIGTERM or SIGINT, then end every instance."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._stop)
        info = self.info()
        write_atomically(self._dir / HOST_FILE, json.dumps(info.to_dict()))
        event("host.up", pid=info.pid, url=info.url)
        self._endpoints.restore()
        threading.Thread(target=self._watch, daemon=True).start()
        self._server.serve_forever(poll_interval=0.05)
        self._listener.close()
        self._endpoints.close()
        self._state.close()
        (self._dir / HOST_FILE).unlink(missing_ok=True)
        event("host.down", pid=info.pid)

    def info(self) -> HostInfo:
        """Return what runs now."""
        pid = os.getpid()
        endpoints = tuple(self._describe(item.region, item.name) for item in self._found())
        started = process.started_at(pid) or ""
        return HostInfo(pid, self.url, started, endpoints, self._owner, self._folder)

    def _app(self) -> App:
        moto = aws_app()
        mirror = Mirror(moto, self._state, self._dir / "s3")
        mirror.load()
        api = Api(self._state, self._endpoints)
        return App(api, Invoker(self._endpoints), mirror, moto, lambda: self.info().to_dict())

    def _found(self) -> list[Any]:
        return self._state.find(KIND)

    def _describe(self, region: str, name: str) -> EndpointInfo:
        document = self._endpoints.document((region, name)) or {"status": "Deleting"}
        fleet = self._endpoints.fleet((region, name))
        serving = document.get("deployment") or document.get("pending") or {}
        return EndpointInfo(
            region=region,
            name=name,
            status=document["status"],
            config=serving.get("config", ""),
            failure=document.get("failure"),
            instances=tuple(
                InstanceInfo(variant, item.pid, item.port, item.ready)
                for variant, items in (fleet.members() if fleet else {}).items()
                for item in items
            ),
        )

    def _s3(self, region: str) -> Any:
        """A client of our own port: a model is fetched as any client would."""
        return boto3.client(
            "s3",
            region_name=region,
            endpoint_url=self.url,
            aws_access_key_id="local",
            aws_secret_access_key="local",  # noqa: S106 - this host checks no signature
            config=Config(proxies={}),
        )

    def _end_orphans(self) -> None:
        """End what a killed host left running. A recorded id may be another's by now."""
        for pid, started in self._state.processes():
            if process.is_ours(pid, started):
                event("instance.orphan", pid=pid)
                process.end(pid, started, ORPHAN_SECONDS)
            self._state.forget_process(pid)

    def _watch(self) -> None:
        """End this host when its folder is removed or is elsewhere: it keeps nothing any more."""
        while owner_of(self._dir) == self._owner:
            time.sleep(WATCH_SECONDS)
        event("host.folder_gone", level=logging.ERROR, folder=self._folder)
        self._server.shutdown()

    def _stop(self, number: int, frame: Any) -> None:
        # shutdown() waits for the loop that this handler interrupts.
        threading.Thread(target=self._server.shutdown, daemon=True).start()


def write_atomically(path: Path, text: str) -> None:
    """Write a file that is never seen half written."""
    partial = path.with_suffix(".partial")
    partial.write_text(text)
    partial.replace(path)


def _take(path: Path) -> IO[str]:
    """Hold a state directory: two hosts in one would undo each other's work."""
    file = path.open("w")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        with contextlib.suppress(OSError):
            file.close()
        raise MachineError(
            "another host holds this state directory",
            where=str(path.parent),
            hint="`penstock local status` shows it, `penstock local down` stops it",
        ) from error
    return file
