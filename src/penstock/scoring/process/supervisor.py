"""The first process of a container: it listens, and keeps a worker alive that answers.

It holds the listening socket, so that connections wait instead of being refused while a worker
that died is replaced. It holds the connections that the worker took, too, see
`penstock.scoring.process.handover`. It imports nothing heavy, has one thread, and so may fork.
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
from penstock.scoring.process.handover import Handover
from penstock.scoring.process.past import Past

__all__ = ["Supervisor", "listen"]

log = logging.getLogger("penstock.scoring")

HANGS = HangError.exit_code

BACKLOG = 2048
MAX_DEATHS, WITHIN = 5, 60.0
"""After this many deaths of workers within this many seconds the container ends, and says so."""

TICK = 1.0
SILENT = 20
"""Ticks without a heartbeat from the worker's event loop, after which the worker is killed.
Counted, not timed: after a machine was suspended, its worker has not missed any."""

STOP = (signal.SIGTERM, signal.SIGINT)

Work = Callable[[socket.socket, Past, Handover], int]


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
    """Runs `work` in a child process, and starts another when that dies.

    Parameters
    ----------
    work : takes the socket, what became of the workers before, and its side of the
        handover; returns the exit code.
    """

    def __init__(self, work: Work, listener: socket.socket) -> None:
        self._work, self._listener = work, listener
        self._lifeline = os.pipe()
        self._deaths: deque[float] = deque(maxlen=MAX_DEATHS)
        self._past, self._worker = Past(), 0
        self._stopping = False

    def run(self) -> int:
        """Return the exit code: that of a worker that ended by itself, as after SIGTERM; 1
        where workers die again and again.
        """
        for number in STOP:
            signal.signal(number, self._pass_on)
        while True:
            handover = self._start()
            code = self._watch(handover)
            refused = handover.refuse_waiting()
            if code >= 0 and code != HANGS:
                return code
            if self._stopping:
                return 0
            if not self._goes_on(code, refused):
                return 1

    def _watch(self, handover: Handover) -> int:
        """Return the exit code of the worker, or minus the signal that ended it."""
        heartbeats = silent = 0
        tick = time.monotonic()
        while (code := _ended(self._worker)) is None:
            if not handover.watch(TICK):
                return _wait(self._worker)
            if time.monotonic() < tick + TICK:
                continue
            tick = time.monotonic()
            silent = silent + 1 if heartbeats and heartbeats == handover.heartbeats else 0
            heartbeats = handover.heartbeats
            if silent == SILENT:
                log.error("the worker hangs", extra={"fields": {"seconds": SILENT * TICK}})
                os.kill(self._worker, signal.SIGKILL)
        return code

    def _goes_on(self, code: int, refused: int) -> bool:
        self._past = Past(self._past.deaths + 1, self._past.refused + refused)
        self._deaths.append(time.monotonic())
        reason = "it hung" if code == HANGS else signal.Signals(-code).name
        fields = {"reason": reason, "deaths": self._past.deaths, "refused": refused}
        log.error("the worker died", extra={"fields": fields})
        often = len(self._deaths) == MAX_DEATHS
        return not often or self._deaths[-1] - self._deaths[0] > WITHIN

    def _pass_on(self, number: int, frame: object) -> None:
        self._stopping = True
        os.kill(self._worker, number)

    def _start(self) -> Handover:
        handover = Handover()
        # Blocked, so that no signal finds the child with the handlers of its parent.
        signal.pthread_sigmask(signal.SIG_BLOCK, STOP)
        pid = os.fork()
        if not pid:
            self._be_worker(handover)
        self._worker = pid
        signal.pthread_sigmask(signal.SIG_UNBLOCK, STOP)
        handover.be_parent()
        return handover

    def _be_worker(self, handover: Handover) -> NoReturn:
        code = 1
        try:
            # A terminal's Ctrl-C goes to its whole group, and the parent passes it on already.
            os.setpgid(0, 0)
            for number in STOP:
                signal.signal(number, signal.SIG_DFL)
            signal.pthread_sigmask(signal.SIG_UNBLOCK, STOP)
            os.close(self._lifeline[1])
            threading.Thread(target=self._end_with_parent, daemon=True).start()
            handover.be_worker()
            code = self._work(self._listener, self._past, handover)
        finally:
            # Not sys.exit: that waits for threads, and one of them may hang.
            logging.shutdown()
            os._exit(code)

    def _end_with_parent(self) -> None:
        os.read(self._lifeline[0], 1)  # returns when the parent is no more
        os._exit(1)


def _ended(worker: int) -> int | None:
    """Return a worker's exit code, minus the signal that ended it, or None if it lives."""
    # Any child: as process 1 of a container this one must take in orphans too.
    while (found := os.waitpid(-1, os.WNOHANG))[0]:
        if found[0] == worker:
            return os.waitstatus_to_exitcode(found[1])
    return None


def _wait(worker: int) -> int:
    return os.waitstatus_to_exitcode(os.waitpid(worker, 0)[1])
