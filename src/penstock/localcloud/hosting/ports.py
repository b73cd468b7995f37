"""Free ports that stay free until the process they are for takes them."""

from __future__ import annotations

import random
import socket
import threading
from collections import deque

from penstock.errors import MachineError

__all__ = ["free_port"]

# Below the range from which systems draw ports for outgoing connections. A port of that
# range may be taken by anyone's connection while a container starts; and our own ping to
# it, drawing it as its source, could even connect to itself and hold it.
_RANGE = range(20_000, 32_000)
_ATTEMPTS = 200

_lock = threading.Lock()
_given: deque[int] = deque(maxlen=500)


def free_port() -> int:
    """Return a port that is free now and was not given lately.

    Raises
    ------
    MachineError : none was found.
    """
    for _ in range(_ATTEMPTS):
        port = random.choice(_RANGE)  # noqa: S311 - spreads hosts apart, guards nothing
        with _lock:
            if port not in _given and _is_free(port):
                _given.append(port)
                return port
    raise MachineError(f"no free port from {_RANGE.start} to {_RANGE.stop - 1}", where="127.0.0.1")


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
