"""The engine under guard: measured, replaced where it fails, noticed where it hangs."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Sequence

from penstock.engines.base import Float32
from penstock.scoring.errors import EngineError
from penstock.scoring.watch.figures import Figures
from penstock.scoring.work.model import ServedModel

__all__ = ["GuardedEngine"]

log = logging.getLogger("penstock.scoring")

REPLACE_EVERY = 5.0
"""Seconds between two loads of the engine: rows that break it must not keep it loading."""


class GuardedEngine:
    """Calls a model's engine. Safe to call from several threads.

    Parameters
    ----------
    model : whose `replace_engine` loads it again.
    figures : where calls are counted.
    hang : seconds after which a call counts as one that will not come back.
    """

    def __init__(self, model: ServedModel, figures: Figures, hang: float = 60.0) -> None:
        self._model, self._figures, self._hang = model, figures, hang
        self._running: dict[int, float] = {}
        self._lock = threading.Lock()
        self._replaced = self._failed = -REPLACE_EVERY
        self._broken = False

    @property
    def healthy(self) -> bool:
        """Whether the last call that ended gave an answer."""
        return not self._broken

    @property
    def hangs(self) -> bool:
        """Whether some call does not come back."""
        oldest = min(list(self._running.values()), default=None)
        return oldest is not None and time.monotonic() > oldest + self._hang

    @property
    def wants_probe(self) -> bool:
        """Whether it is broken and was left alone for a while: nobody may be asking any more."""
        return self._broken and time.monotonic() > self._failed + REPLACE_EVERY

    def __call__(self, rows: Sequence[Sequence[int]]) -> Float32:
        """Return the logits of `rows`, as `TextScorer.logits`.

        Raises
        ------
        EngineError : it failed, and again after it was loaded anew.
        """
        started = time.monotonic()
        thread = threading.get_ident()
        self._running[thread] = started
        try:
            logits = self._logits(rows)
        finally:
            del self._running[thread]
        lengths = [len(row) for row in rows]
        read = self._model.scorer.tokens(lengths)
        self._figures.batch(lengths, read, time.monotonic() - started)
        return logits

    def _logits(self, rows: Sequence[Sequence[int]]) -> Float32:
        try:
            logits = self._model.scorer.logits(rows)
        except Exception as error:  # a runtime fails in its own ways
            logits = self._again(rows, error)
        self._broken = False
        return logits

    def _again(self, rows: Sequence[Sequence[int]], error: Exception) -> Float32:
        self._figures.engine_failures.add()
        log.error("the engine failed", exc_info=error, extra={"fields": {"rows": len(rows)}})
        try:
            self._replace()
            return self._model.scorer.logits(rows)
        except Exception as second:  # an engine fails in its own ways
            self._broken, self._failed = True, time.monotonic()
            raise EngineError("the engine failed", hint="try again") from second

    def _replace(self) -> None:
        with self._lock:
            if time.monotonic() < self._replaced + REPLACE_EVERY:
                return
            self._model.replace_engine()
            self._replaced = time.monotonic()
        self._figures.engine_replacements.add()
        log.warning("the engine was replaced")
