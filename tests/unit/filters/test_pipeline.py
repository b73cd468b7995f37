from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest

from penstock.errors import ConfigError, NotFoundError
from penstock.filters import Parameters, Pipeline, Record, registry

CLASSES = ["no", "yes"]


class Model:
    """Says yes to texts with a y; keeps what it saw."""

    def __init__(self) -> None:
        self.seen: list[str] = []

    def __call__(self, texts: list[str]) -> Any:
        self.seen += texts
        return np.array([[0.1, 0.9] if "y" in text else [0.6, 0.4] for text in texts], np.float32)


@dataclass(frozen=True)
class Upper:
    """A dataclass does as well as a struct."""

    suffix: str
    name: ClassVar[str] = "upper"

    def before(self, records: list[Record]) -> list[Record]:
        return [record.replace(text=record.text.upper() + self.suffix) for record in records]


class Picky(Parameters, frozen=True):
    name: ClassVar[str] = "picky"
    wrong: str = "bang"

    def before(self, records: list[Record]) -> list[Record]:
        if any(self.wrong in record.text for record in records):
            raise KeyError(self.wrong)
        return records


class Forgetful(Parameters, frozen=True):
    name: ClassVar[str] = "forgetful"

    def after(self, records: list[Record]) -> list[Record]:
        return records[1:]


SPEC: dict[str, Any] = {
    "before": [
        {"filter": "drop_auto_replies"},
        {"filter": "cut_reply"},
        {"filter": "refuse_oversize", "max_characters": 10},
        {"filter": "cache", "max_entries": 5},
    ],
    "after": [
        {"filter": "suppress_below", "threshold": 0.5, "classes": {"no": 0.7}},
        {"filter": "add_metadata", "values": {"team": "sales"}, "fields": ["subject"]},
    ],
}


def run(pipeline: Pipeline, texts: list[str], model: Model | None = None) -> list[Record]:
    return pipeline.run([Record(text) for text in texts], model or Model(), CLASSES)


def test_only_what_is_pending_is_scored_and_order_is_kept() -> None:
    model = Model()
    pipeline = Pipeline.from_dict(SPEC)
    texts = ["yes", "far too long a text", "nope", "This is an automated reply.", "y\n-- \nAnn"]
    result = run(pipeline, texts, model)
    assert [record.status for record in result] == [
        "scored",
        "not_scored",
        "suppressed",
        "not_scored",
        "scored",
    ]
    assert [record.label for record in result] == ["yes", None, None, None, "yes"]
    assert [record.reason for record in result] == [
        None,
        "19 characters, limit 10",
        "confidence 0.60 below 0.70",
        "auto_reply: body (en)",
        None,
    ]
    assert model.seen == ["yes", "nope", "y"]
    assert all(record.annotations == {"team": "sales", "subject": None} for record in result)


def test_an_empty_batch_is_one() -> None:
    assert run(Pipeline.from_dict(SPEC), []) == []
    assert run(Pipeline(), []) == []


def test_an_empty_pipeline_scores() -> None:
    (record,) = run(Pipeline(), ["yes"])
    assert (record.status, record.label, record.decided_by) == ("scored", "yes", None)
    assert record.score == pytest.approx(0.9)


def test_records_that_came_in_are_not_changed() -> None:
    records = [Record("yes\n-- \nAnn")]
    Pipeline.from_dict(SPEC).run(records, Model(), CLASSES)
    assert records == [Record("yes\n-- \nAnn")]


def test_the_cache_answers_what_was_scored_and_later_filters_still_decide() -> None:
    model = Model()
    pipeline = Pipeline.from_dict(SPEC)
    first = run(pipeline, ["yes", "nope"], model)
    second = run(pipeline, ["nope", "yes"], model)
    assert model.seen == ["yes", "nope"]
    assert [record.status for record in second] == ["suppressed", "cached"]
    assert second[1].scores == first[0].scores
    assert second[1].decided_by == "cache"


def test_two_pipelines_of_one_spec_share_no_cache() -> None:
    model = Model()
    for _ in range(2):
        run(Pipeline.from_dict(SPEC), ["yes"], model)
    assert model.seen == ["yes", "yes"]


def test_a_filter_that_raises_fails_only_the_records_it_raises_on(
    caplog: pytest.LogCaptureFixture,
) -> None:
    model = Model()
    pipeline = Pipeline([Upper("!"), Picky(wrong="BANG")])
    result = run(pipeline, ["yes", "bang", "no", "bang bang"], model)
    assert [record.status for record in result] == ["scored", "not_scored", "scored", "not_scored"]
    assert model.seen == ["YES!", "NO!"]
    for record in (result[1], result[3]):
        assert (record.decided_by, record.reason) == ("picky", "failed: KeyError")
        assert (record.label, record.score, record.scores) == (None, None, {})
    (line,) = [record.getMessage() for record in caplog.records]
    assert line.startswith("filter 'picky' failed on 2 records: KeyError at ")
    assert __file__ in line
    assert "BANG" not in line


def test_a_filter_that_raises_on_an_answer_takes_it_back() -> None:
    class Sour(Parameters, frozen=True):
        name: ClassVar[str] = "sour"

        def after(self, records: list[Record]) -> list[Record]:
            if any(record.label == "no" for record in records):
                raise RuntimeError(records[0].text)
            return records

    good, bad = run(Pipeline((), [Sour()]), ["yes", "a secret"])
    assert (good.status, good.label) == ("scored", "yes")
    assert (bad.status, bad.decided_by) == ("not_scored", "sour")
    assert bad.reason == "failed: RuntimeError"
    assert (bad.label, bad.score, bad.scores) == (None, None, {})


def test_a_filter_that_fails_on_a_batch_only_is_run_record_by_record() -> None:
    class Small(Parameters, frozen=True):
        name: ClassVar[str] = "small"

        def before(self, records: list[Record]) -> list[Record]:
            if len(records) > 1:
                raise MemoryError
            return [record.replace(text="y") for record in records]

    assert [record.label for record in run(Pipeline([Small()]), ["a", "b"])] == ["yes", "yes"]


def test_a_filter_that_loses_records_fails_them() -> None:
    (record,) = run(Pipeline((), [Forgetful()]), ["yes"])
    assert (record.decided_by, record.reason) == ("forgetful", "failed: ValueError")


def test_to_dict_round_trips_with_defaults() -> None:
    spec = Pipeline.from_dict(SPEC).to_dict()
    assert spec["before"][0] == {"filter": "drop_auto_replies", "body": True}
    assert spec["after"][0] == {
        "filter": "suppress_below",
        "threshold": 0.5,
        "classes": {"no": 0.7},
    }
    assert Pipeline.from_dict(spec).to_dict() == spec


def test_all_problems_of_a_file_come_at_once() -> None:
    spec = {
        "before": [
            {"filter": "cut_replies"},
            {"filter": "refuse_oversize", "max_character": 1, "max_characters": 0},
            {"filter": "suppress_below"},
            "cache",
        ],
        "after": [{"filter": "suppress_below", "threshold": "0.5"}],
        "befor": [],
        "format": 2,
    }
    with pytest.raises(ConfigError) as caught:
        Pipeline.from_dict(spec, where="deploy/staging.yaml, wrap")
    found = {problem.where: str(problem) for problem in caught.value.problems}
    assert list(found) == [
        "deploy/staging.yaml, wrap.befor",
        "deploy/staging.yaml, wrap.format",
        "deploy/staging.yaml, wrap.before[0].filter",
        "deploy/staging.yaml, wrap.before[1].max_character",
        "deploy/staging.yaml, wrap.before[1].max_characters",
        "deploy/staging.yaml, wrap.before[2].filter",
        "deploy/staging.yaml, wrap.before[3]",
        "deploy/staging.yaml, wrap.after[0].threshold",
    ]
    assert "did you mean 'cut_reply'?" in found["deploy/staging.yaml, wrap.before[0].filter"]
    assert "0 is not allowed" in found["deploy/staging.yaml, wrap.before[1].max_characters"]
    assert "move it to `after`" in found["deploy/staging.yaml, wrap.before[2].filter"]


def test_from_file(tmp_path: Path) -> None:
    path = tmp_path / "pipeline.yaml"
    with pytest.raises(NotFoundError):
        Pipeline.from_file(path)
    path.write_text("")
    assert Pipeline.from_file(path).filters == []
    path.write_text("before:\n  - filter: cache\n    ttl: 1\n")
    with pytest.raises(ConfigError, match=r"pipeline.yaml, before\[0\].ttl.*ttl_seconds"):
        Pipeline.from_file(path)
    for broken in ("a: [", "- 1", "before: 7"):
        path.write_text(broken)
        with pytest.raises(ConfigError, match=r"pipeline\.yaml"):
            Pipeline.from_file(path)


def test_filters_of_installed_packages_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    class Entry:
        name, value = "upper", "package:Upper"

        def load(self) -> type:
            return Upper

    entries = {"upper": Entry(), "cache": Entry()}
    monkeypatch.setattr(registry, "_installed", lambda: entries)
    assert "upper" in registry.names()
    assert registry.get("cache") is registry.BUILT_IN["cache"]
    with pytest.raises(ConfigError, match=r"before\[0\].suffix: is required"):
        Pipeline.from_dict({"before": [{"filter": "upper"}]})
    pipeline = Pipeline.from_dict({"before": [{"filter": "upper", "suffix": "?"}]})
    assert pipeline.may_block
    assert run(pipeline, ["a"])[0].text == "A?"
    assert pipeline.to_dict()["before"] == [{"filter": "upper", "suffix": "?"}]


def test_an_installed_filter_that_cannot_be_loaded_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    class Entry:
        name, value = "upper", "package:Upper"

        def load(self) -> object:
            raise ImportError("no torch here")

    monkeypatch.setattr(registry, "_installed", lambda: {"upper": Entry()})
    with pytest.raises(ConfigError, match="package:Upper: ImportError: no torch here"):
        registry.get("upper")
    monkeypatch.setattr(Entry, "load", lambda self: "not a class")
    with pytest.raises(ConfigError, match="is not a filter"):
        registry.get("upper")


def test_the_engine_that_serves_is_part_of_the_spec():
    spec = {"engine": "onnxruntime-fp32", "before": [{"filter": "normalise"}]}
    pipeline = Pipeline.from_dict(spec)
    assert pipeline.engine == "onnxruntime-fp32"
    assert Pipeline.from_dict(pipeline.to_dict()).engine == "onnxruntime-fp32"
    assert "engine" not in Pipeline.from_dict({"before": []}).to_dict()
    with pytest.raises(ConfigError, match=r"pipeline\.yaml, engine: 3 is no name"):
        Pipeline.from_dict({"engine": 3})
