"""The first process of a container: it listens, and keeps a worker alive that answers.

It holds the listening socket, so that connections wait instead of being refused while a worker
that died is replaced. It imports nothing heavy, has one thread, and so may fork.
"""

from __future__ import annotations

import logging
import os
import signal
import socket
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import NoReturn

from penstock.errors import MachineError
from penstock.scoring.errors import HangError

__all__ = ["Supervisor", "listen"]

log = logging.getLogger("penstock.scoring")

HANGS = HangError.exit_code

BACKLOG = 2048
MAX_DEATHS, WITHIN = 5, 60.0
"""So many deaths within so many seconds are no accident: the container ends, and says so."""

STOP = (signal.SIGTERM, signal.SIGINT)

Work = Callable[[socket.socket, int], int]


def listen(host: str, port: int) -> socket.socket:
    """Return a listening socket; `MachineError` where there can be none."""
    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        return socket.create_server((host, port), family=family, backlog=BACKLOG)
    except OSError as error:
        where, hint = f"{host}:{port}", "is another server running? set SAGEMAKER_BIND_TO_PORT"
        what = f"cannot listen ({error.strerror})"
        raise MachineError(what, where=where, hint=hint) from None


class Supervisor:
    """Runs `work` in a child process, again where that dies.

    Parameters
    ----------
    work : takes the socket and how often a worker died; returns the exit code.
    """

    def __init__(self, work: Work, listener: socket.socket) -> None:
        self._work, self._listener = work, listener
        self._lifeline = os.pipe()
        self._deaths: deque[float] = deque(maxlen=MAX_DEATHS)
        self._died = self._worker = 0
        self._stopping = False

    def run(self) -> int:
        """Return the exit code: that of a worker that ended by itself, as after SIGTERM; 1
        where workers die again and again.
        """
        for number in STOP:
            signal.signal(number, self._pass_on)
        while True:
            self._start()
            code = _wait(self._worker)
            if code >= 0 and code != HANGS:
                return code
            if self._stopping:
                return 0
            if not self._goes_on(code):
                return 1

    def _goes_on(self, code: int) -> bool:
        self._died += 1
        self._deaths.append(time.monotonic())
        reason = "it hung" if code == HANGS else signal.Signals(-code).name
        log.error("the worker died", extra={"fields": {"reason": reason, "deaths": self._died}})
        often = len(self._deaths) == MAX_DEATHS
        return not often or self._deaths[-1] - self._deaths[0] > WITHIN

    def _pass_on(self, number: int, frame: object) -> None:
        self._stopping = True
        os.kill(self._worker, number)

    def _start(self) -> None:
        # Blocked, so that no signal finds the child with the handlers of its parent.
        signal.pthread_sigmask(signal.SIG_BLOCK, STOP)
        pid = os.fork()
        if not pid:
            self._be_worker()
        self._worker = pid
        signal.pthread_sigmask(signal.SIG_UNBLOCK, STOP)

    def _be_worker(self) -> NoReturn:
        code = 1
        try:
            # A terminal's Ctrl-C goes to its whole group, and the parent passes it on already.
            os.setpgid(0, 0)
            for number in STOP:
                signal.signal(number, signal.SIG_DFL)
            signal.pthread_sigmask(signal.SIG_UNBLOCK, STOP)
            os.close(self._lifeline[1])
            threading.Thread(target=self._end_with_parent, daemon=True).start()
            code = self._work(self._listener, self._died)
        finally:
            # Not sys.exit: that waits for threads, and one of them may hang.
            logging.shutdown()
            os._exit(code)

    def _end_with_parent(self) -> None:
        os.read(self._lifeline[0], 1)  # returns when the parent is no more
        os._exit(1)


def _wait(worker: int) -> int:
    """Return a worker's exit code, or minus the signal that ended it."""
    while True:
        # Any child: as process 1 of a container this one must take in orphans too.
        pid, status = os.waitpid(-1, 0)
        if pid == worker:
            return os.waitstatus_to_exitcode(status)
