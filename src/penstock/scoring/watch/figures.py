"""What the container counts of itself; `docs/serving.md` tells of each figure."""

from __future__ import annotations

import os
import resource
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from penstock.filters import Record
from penstock.scoring.watch.metrics import Counter, Counts, Gauge, Histogram, Metric, render

__all__ = ["Figures"]

SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)
ROWS = (1, 2, 4, 8, 16, 32, 64, 128, 256)
TENTHS = tuple(n / 10 for n in range(1, 10))


class Figures:
    """The metrics of one process. Thread-safe."""

    def __init__(self) -> None:
        self.requests = Counter("penstock_requests_total", "Requests answered.", ["path", "status"])
        self.seconds = Histogram(
            "penstock_request_seconds", "Time that /invocations took.", SECONDS
        )
        self.predictions = Counter(
            "penstock_predictions_total",
            "Texts by what became of them, and by the filter that decided it.",
            ["status", "decided_by"],
        )
        self.filter_failures = Counter(
            "penstock_filter_failures_total", "Texts on which a filter raised.", ["filter"]
        )
        self.labels = Counter("penstock_labels_total", "Labels given.", ["label"])
        self.confidence = Histogram(
            "penstock_confidence", "Scores of the labels given, and of those held back.", TENTHS
        )
        self.batch_rows = Histogram("penstock_batch_rows", "Rows of a call of the engine.", ROWS)
        self.tokens = Counter("penstock_tokens_total", "Tokens that the engine read.", ["kind"])
        self.engine_seconds = Histogram(
            "penstock_engine_seconds", "Time of a call of the engine.", SECONDS
        )
        self.engine_failures = Counter(
            "penstock_engine_failures_total", "Calls of the engine that raised."
        )
        self.engine_replacements = Counter(
            "penstock_engine_replacements_total", "Times the engine was loaded again."
        )
        self.worker_deaths = Counter(
            "penstock_worker_deaths_total", "Workers that died or hung and were replaced."
        )
        self.worker_refusals = Counter(
            "penstock_worker_refusals_total", "Requests answered 503 in place of a dead worker."
        )
        self.capture = Counter(
            "penstock_capture_total", "Requests to keep: written, or dropped.", ["outcome"]
        )
        self.log_dropped = Counter(
            "penstock_log_dropped_total", "Lines of the access log that found no room."
        )
        self._all: list[Metric] = [
            metric for metric in vars(self).values() if isinstance(metric, Counter | Histogram)
        ]
        self._all += _process()

    def filters(self, read: Callable[[], Mapping[str, Mapping[str, float]]]) -> None:
        """Add what filters count, such as a cache its hits; read when it is asked for."""
        what = "What filters count of themselves."
        self._all.append(Counts("penstock_filter_total", what, ("filter", "what"), read))

    def gauge(self, name: str, help: str, read: Callable[[], float]) -> None:
        """Add a number that is read when it is asked for."""
        self._all.append(Gauge(name, help, read))

    def answered(self, records: Sequence[Record]) -> None:
        """Count predictions."""
        for record in records:
            self.predictions.add(record.status, record.decided_by)
            if record.filter_raised:
                self.filter_failures.add(record.decided_by)
            if record.score is not None:
                self.confidence.observe(record.score)
            if record.label is not None:
                for label in record.labels or (record.label,):
                    self.labels.add(label)

    def batch(self, lengths: Sequence[int], read: int, seconds: float) -> None:
        """Count a call of the engine with rows of these lengths, which read so many tokens."""
        texts = sum(lengths)
        self.batch_rows.observe(len(lengths))
        self.engine_seconds.observe(seconds)
        self.tokens.add("text", by=texts)
        self.tokens.add("padding", by=read - texts)

    def render(self) -> bytes:
        """Return everything in Prometheus' text format."""
        return render(self._all)


def _process() -> list[Metric]:
    """Return what Prometheus' own clients say of a process, under the same names."""
    started = time.time()
    return [
        Gauge("process_start_time_seconds", "When it started, since 1970.", lambda: started),
        Gauge("process_cpu_seconds_total", "Time on a core.", time.process_time),
        Gauge("process_resident_memory_bytes", "Memory.", _resident),
    ]


def _resident() -> float:
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
    except OSError:  # no Linux: the most there was
        return float(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
    return float(pages * os.sysconf("SC_PAGE_SIZE"))
