"""Numbers for Prometheus, in its text format.

Own, not `prometheus_client`: that costs 8 µs a request and 70 ms at the start, these 2 µs and
nothing (docs/adr/0008). The tests read the text with its parser.
"""

from __future__ import annotations

import math
import threading
from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Protocol

__all__ = ["TEXT", "Counter", "Counts", "Gauge", "Histogram", "Metric", "render"]

TEXT = "text/plain; version=0.0.4; charset=utf-8"


class Metric(Protocol):
    """One metric family."""

    name: str
    help: str
    kind: str

    def samples(self) -> Iterator[tuple[str, float]]:
        """Yield what follows the name, such as ``{status="200"}``, and the value."""
        ...


class Counter:
    """A number that only grows, for each combination of label values. Thread-safe.

    Parameters
    ----------
    labels : names; `add` takes their values. Only what is bounded: never a client's text.
    """

    kind = "counter"

    def __init__(self, name: str, help: str, labels: Sequence[str] = ()) -> None:
        self.name, self.help = name, help
        self._labels = tuple(labels)
        self._lock = threading.Lock()
        self._values: dict[tuple[object, ...], float] = {} if labels else {(): 0.0}

    def add(self, *labels: object, by: float = 1.0) -> None:
        """Add `by` to the counter of these label values."""
        with self._lock:
            self._values[labels] = self._values.get(labels, 0.0) + by

    def samples(self) -> Iterator[tuple[str, float]]:
        """Yield the samples, sorted."""
        with self._lock:
            values = list(self._values.items())
        for labels, value in sorted(values, key=lambda item: str(item[0])):
            yield _braces(zip(self._labels, labels, strict=True)), value


class Histogram:
    """How often a value was at or below each of some bounds. Thread-safe."""

    kind = "histogram"

    def __init__(self, name: str, help: str, bounds: Sequence[float]) -> None:
        self.name, self.help = name, help
        self._bounds = tuple(bounds)
        self._lock = threading.Lock()
        self._counts = [0] * (len(bounds) + 1)
        self._sum = 0.0

    def observe(self, value: float) -> None:
        """Count a value."""
        with self._lock:
            self._counts[bisect_left(self._bounds, value)] += 1
            self._sum += value

    def samples(self) -> Iterator[tuple[str, float]]:
        """Yield the buckets, the sum and the count."""
        with self._lock:
            counts, total = list(self._counts), self._sum
        below = 0
        for bound, count in zip((*self._bounds, math.inf), counts, strict=True):
            below += count
            yield "_bucket" + _braces([("le", _number(bound))]), below
        yield "_sum", total
        yield "_count", below


class Gauge:
    """A number that is read when it is asked for."""

    kind = "gauge"

    def __init__(self, name: str, help: str, read: Callable[[], float]) -> None:
        self.name, self.help, self._read = name, help, read

    def samples(self) -> Iterator[tuple[str, float]]:
        """Yield the one sample."""
        yield "", self._read()


class Counts:
    """Counts that others keep, read when they are asked for: by label value, then by name."""

    kind = "counter"

    def __init__(
        self,
        name: str,
        help: str,
        labels: tuple[str, str],
        read: Callable[[], Mapping[str, Mapping[str, float]]],
    ) -> None:
        self.name, self.help, self._labels, self._read = name, help, labels, read

    def samples(self) -> Iterator[tuple[str, float]]:
        """Yield a sample for each of them."""
        for first, counts in self._read().items():
            for second, value in counts.items():
                yield _braces(zip(self._labels, (first, second), strict=True)), value


def render(metrics: Sequence[Metric]) -> bytes:
    """Return the metrics in Prometheus' text format 0.0.4."""
    lines = []
    for metric in metrics:
        lines += [f"# HELP {metric.name} {metric.help}", f"# TYPE {metric.name} {metric.kind}"]
        lines += [f"{metric.name}{rest} {_number(value)}" for rest, value in metric.samples()]
    return ("\n".join(lines) + "\n").encode()


def _braces(labels: Iterator[tuple[str, object]] | Sequence[tuple[str, object]]) -> str:
    inner = ",".join(f'{name}="{_escaped(value)}"' for name, value in labels)
    return f"{{{inner}}}" if inner else ""


def _escaped(value: object) -> str:
    text = "" if value is None else str(value)
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def _number(value: float) -> str:
    if math.isinf(value):
        return "+Inf" if value > 0 else "-Inf"
    return str(int(value)) if float(value).is_integer() else repr(float(value))
