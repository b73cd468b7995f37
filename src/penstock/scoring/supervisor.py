"""The first process of a container: it listens, and keeps a worker alive that answers.

It holds the listening socket, so that connections wait instead of being refused while a worker
that died is replaced, and the connections that the worker took, see `penstock.scoring.lifeboat`. It
imports nothing heavy, has one thread, and so may fork.
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
from penstock.scoring.lifeboat import Lifeboat
from penstock.scoring.past import Past

__all__ = ["Supervisor", "listen"]

log = logging.getLogger("penstock.scoring")

HANGS = HangError.exit_code

BACKLOG = 2048
MAX_DEATHS, WITHIN = 5, 60.0
"""So many deaths within so many seconds are no accident: the container ends, and says so."""

TICK = 1.0
SILENT = 20
"""Ticks without a word from the worker's event loop: it comes back no more. Counted, not timed: a
machine that slept must not find its worker guilty."""

STOP = (signal.SIGTERM, signal.SIGINT)

Work = Callable[[socket.socket, Past, Lifeboat], int]


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
    work : takes the socket, what became of the workers before, and the lifeboat, its side of
        it; returns the exit code.
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
            lifeboat = self._start()
            code = self._watch(lifeboat)
            refused = lifeboat.rescue()
            if code >= 0 and code != HANGS:
                return code
            if self._stopping:
                return 0
            if not self._goes_on(code, refused):
                return 1

    def _watch(self, lifeboat: Lifeboat) -> int:
        """Return the exit code of the worker, or minus the signal that ended it."""
        beats = silent = 0
        tick = time.monotonic()
        while (code := _ended(self._worker)) is None:
            if not lifeboat.watch(TICK):
                return _wait(self._worker)
            if time.monotonic() < tick + TICK:
                continue
            tick = time.monotonic()
            silent = silent + 1 if beats and beats == lifeboat.beats else 0
            beats = lifeboat.beats
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

    def _start(self) -> Lifeboat:
        lifeboat = Lifeboat()
        # Blocked, so that no signal finds the child with the handlers of its parent.
        signal.pthread_sigmask(signal.SIG_BLOCK, STOP)
        pid = os.fork()
        if not pid:
            self._be_worker(lifeboat)
        self._worker = pid
        signal.pthread_sigmask(signal.SIG_UNBLOCK, STOP)
        lifeboat.hold()
        return lifeboat

    def _be_worker(self, lifeboat: Lifeboat) -> NoReturn:
        code = 1
        try:
            # A terminal's Ctrl-C goes to its whole group, and the parent passes it on already.
            os.setpgid(0, 0)
            for number in STOP:
                signal.signal(number, signal.SIG_DFL)
            signal.pthread_sigmask(signal.SIG_UNBLOCK, STOP)
            os.close(self._lifeline[1])
            threading.Thread(target=self._end_with_parent, daemon=True).start()
            lifeboat.board()
            code = self._work(self._listener, self._past, lifeboat)
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
