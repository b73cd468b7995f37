"""The port: a threaded WSGI server on the loopback interface."""

from __future__ import annotations

import errno
import socket
from typing import Any

from penstock.errors import MachineError
from penstock.localcloud.host.aws import WsgiApp

__all__ = ["BACKLOG", "bind", "serve_on"]

HOST = "127.0.0.1"
# Each answer closes its connection, so a burst of clients queues here.
BACKLOG = 1024


def bind(port: int) -> socket.socket:
    """Return a listening socket.

    Raises
    ------
    MachineError : the port is in use.
    """
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((HOST, port))
        listener.listen(BACKLOG)
    except OSError as error:
        listener.close()
        raise _refused(port, error) from error
    return listener


def serve_on(listener: socket.socket, app: WsgiApp) -> Any:
    """Return a server, not yet running, whose every request has a thread."""
    from moto.moto_server.werkzeug_app import MotoRequestHandler
    from werkzeug.serving import make_server

    class Handler(MotoRequestHandler):
        """moto's, without werkzeug's log lines: they hold queries, and those hold signatures."""

        def log(self, type: str, message: str, *args: Any) -> None:
            """Write nothing; the app logs each request."""

    port = listener.getsockname()[1]
    return make_server(
        HOST, port, app, threaded=True, request_handler=Handler, fd=listener.fileno()
    )


def _refused(port: int, error: OSError) -> MachineError:
    if error.errno == errno.EADDRINUSE:
        return MachineError(
            f"port {port} is in use by another program",
            where="penstock local up",
            hint="stop that program, or choose another with `--port` (0: any free one)",
        )
    return MachineError(f"cannot listen on port {port}: {error.strerror}", where=HOST)
