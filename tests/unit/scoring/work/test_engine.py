"""The engine's guard."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from penstock.scoring.errors import EngineError
from penstock.scoring.watch.figures import Figures
from penstock.scoring.work import engine
from penstock.scoring.work.engine import GuardedEngine

ROWS = [[1, 2, 3], [4]]


class Model:
    """Its engine fails `faults` times; loading it again mends `mended` of them."""

    def __init__(self, faults: int, mended: int = 0) -> None:
        self.faults, self.mended, self.loads = faults, mended, 0
        self.gate = threading.Event()
        self.gate.set()
        self.scorer = self

    def logits(self, rows: Sequence[Sequence[int]]) -> Any:
        self.gate.wait(5)
        if self.faults:
            self.faults -= 1
            raise MemoryError("no room")
        return np.zeros((len(rows), 2), np.float32)

    def tokens(self, lengths: Sequence[int]) -> int:
        return 2 * len(lengths) * max(lengths)

    def replace_engine(self) -> None:
        self.loads += 1
        self.faults = max(0, self.faults - self.mended)


def guard(model: Model, **options: float) -> tuple[GuardedEngine, Figures]:
    figures = Figures()
    return GuardedEngine(model, figures, **options), figures  # type: ignore[arg-type]


def value(figures: Figures, line: str) -> float:
    (found,) = [text for text in figures.render().decode().splitlines() if text.startswith(line)]
    return float(found.split()[-1])


def test_an_engine_that_fails_is_replaced_and_the_rows_are_answered() -> None:
    model = Model(faults=1)
    guarded, figures = guard(model)
    assert guarded(ROWS).shape == (2, 2)
    assert (model.loads, guarded.healthy) == (1, True)
    assert value(figures, "penstock_engine_failures_total") == 1
    assert value(figures, "penstock_engine_replacements_total") == 1


def test_it_is_not_loaded_for_each_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    model = Model(faults=100)
    guarded, _ = guard(model)
    for _ in range(5):
        with pytest.raises(EngineError):
            guarded(ROWS)
    assert (model.loads, guarded.healthy, guarded.wants_probe) == (1, False, False)
    monkeypatch.setattr(engine, "REPLACE_EVERY", 0.0)
    assert guarded.wants_probe
    model.mended = 100
    assert len(guarded(ROWS)) == 2
    assert (model.loads, guarded.healthy, guarded.wants_probe) == (2, True, False)


def test_a_call_that_does_not_come_back_is_noticed() -> None:
    model = Model(faults=0)
    guarded, _ = guard(model, hang=0.01)
    assert not guarded.hangs
    model.gate.clear()
    thread = threading.Thread(target=guarded, args=(ROWS,))
    thread.start()
    while not guarded.hangs:
        pass
    model.gate.set()
    thread.join()
    assert not guarded.hangs


def test_batches_are_counted_with_their_padding() -> None:
    guarded, figures = guard(Model(faults=0))
    guarded(ROWS)
    assert value(figures, 'penstock_tokens_total{kind="text"}') == 4
    assert value(figures, 'penstock_tokens_total{kind="padding"}') == 8
    assert value(figures, 'penstock_batch_rows_bucket{le="1"}') == 0
    assert value(figures, 'penstock_batch_rows_bucket{le="2"}') == 1
