"""Metrics as Prometheus' own parser reads them."""

from __future__ import annotations

import pytest
from prometheus_client.parser import text_string_to_metric_families

from penstock.filters import Record
from penstock.scoring.watch.figures import Figures
from penstock.scoring.watch.metrics import Counter, Gauge, Histogram, render


def read(content: bytes) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(content.decode())
        for sample in family.samples
    }


@pytest.mark.parametrize("label", ["plain", 'a "b"\\c\nd', "Grüße 😀", ""])
def test_any_label_survives(label: str) -> None:
    counter = Counter("c_total", "Some.", ["label"])
    counter.add(label)
    counter.add(label, by=2)
    assert read(render([counter])) == {("c_total", (("label", label),)): 3}


def test_a_histogram_has_cumulative_buckets() -> None:
    histogram = Histogram("h", "Some.", [0.5, 1])
    for value in (0.1, 0.5, 0.7, 9):
        histogram.observe(value)
    assert read(render([histogram])) == {
        ("h_bucket", (("le", "0.5"),)): 2,
        ("h_bucket", (("le", "1"),)): 3,
        ("h_bucket", (("le", "+Inf"),)): 4,
        ("h_sum", ()): pytest.approx(10.3),
        ("h_count", ()): 4,
    }


def test_a_gauge_is_read_when_asked() -> None:
    values = iter([1.5, 2.0])
    gauge = Gauge("g", "Some.", lambda: next(values))
    assert read(render([gauge])) == {("g", ()): 1.5}
    assert read(render([gauge])) == {("g", ()): 2}


def test_predictions_are_counted_by_what_became_of_them() -> None:
    figures = Figures()
    scored = Record("a").scored([0.25, 0.75], ["no", "yes"])
    multi = Record("b").scored([0.9, 0.8], ["x", "y"], [0.5, 0.5])
    figures.answered(
        [
            scored,
            Record("a").cached("cache", scored),
            scored.suppressed("suppress_below", "unsure"),
            Record("c").not_scored("drop_auto_replies", "auto"),
            multi,
            scored.failed("rules", ValueError()),
        ]
    )
    found = read(figures.render())

    def predictions(status: str, by: str) -> float:
        return found["penstock_predictions_total", (("decided_by", by), ("status", status))]

    assert predictions("scored", "") == 2
    assert predictions("cached", "cache") == 1
    assert predictions("suppressed", "suppress_below") == 1
    assert predictions("not_scored", "drop_auto_replies") == 1
    assert predictions("not_scored", "rules") == 1
    failures = {key[1]: n for key, n in found.items() if "filter_failures" in key[0]}
    assert failures == {(("filter", "rules"),): 1}
    labels = {key[1][0][1]: n for key, n in found.items() if key[0] == "penstock_labels_total"}
    assert labels == {"yes": 2, "x": 1, "y": 1}
    assert found["penstock_confidence_count", ()] == 4
    assert found["penstock_confidence_bucket", (("le", "0.8"),)] == 3


def test_filters_tell_what_they_count() -> None:
    figures = Figures()
    figures.filters(lambda: {"cache": {"hits": 3, "misses": 1}})
    found = read(figures.render())
    assert found["penstock_filter_total", (("filter", "cache"), ("what", "hits"))] == 3
    assert found["penstock_filter_total", (("filter", "cache"), ("what", "misses"))] == 1


def test_the_process_tells_of_itself() -> None:
    found = read(Figures().render())
    assert found["process_resident_memory_bytes", ()] > 10**7
    assert found["process_cpu_seconds_total", ()] > 0
