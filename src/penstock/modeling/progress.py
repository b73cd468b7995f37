"""Progress: what a training run tells while it runs."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeAlias

__all__ = ["Progress", "Watcher", "watching"]


@dataclass(frozen=True, slots=True)
class Progress:
    """Where a training run is, after one step.

    ``epoch`` counts from 1; 0 is the warm-up of few-shot learning, whose steps count for
    themselves. ``step`` and ``steps`` count over all epochs; ``loss`` is the step's own.
    ``record`` is None but at an epoch's last step, which is told after validation: there it is
    the mapping that ``history_`` keeps of the epoch.
    """

    epoch: int
    epochs: int
    step: int
    steps: int
    loss: float
    record: Mapping[str, float] | None = None


Watcher: TypeAlias = Callable[[Progress], None]


@contextlib.contextmanager
def watching(progress: bool | Watcher) -> Iterator[Watcher | None]:
    """Give a watcher: a bar with the remaining time for True, none for False, or the caller's."""
    if callable(progress):
        yield progress
    elif progress:
        with _bar() as watcher:
            yield watcher
    else:
        yield None


@contextlib.contextmanager
def _bar() -> Iterator[Watcher]:
    from rich.progress import BarColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("loss {task.fields[loss]:.3f}"),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
    )
    with Bar(*columns) as bar:
        task = bar.add_task("epoch", total=None, loss=0.0)

        def show(now: Progress) -> None:
            name = f"epoch {now.epoch} of {now.epochs}" if now.epoch else "warm-up"
            bar.update(task, description=name, total=now.steps, completed=now.step, loss=now.loss)

        yield show
