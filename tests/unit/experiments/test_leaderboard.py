"""The leaderboard: who is first, and whether that is more than chance."""

import csv
import io
import json
from dataclasses import replace

import numpy as np
import pytest
from sklearn.metrics import f1_score

from penstock.errors import DataError
from penstock.evaluation.intervals import Interval
from penstock.experiments.leaderboard import Failure, Leaderboard, macro_f1, rank, told_apart
from penstock.experiments.outcome import Outcome
from penstock.experiments.pages import CSV_COLUMNS, write

TRUTH = ["a", "b"] * 100


def outcome(wrong: int, speed: float = 100.0, machine: str = "here") -> Outcome:
    """Answer the first `wrong` texts with the other label."""
    other = {"a": "b", "b": "a"}
    labels = [other[t] if at < wrong else t for at, t in enumerate(TRUTH)]
    return Outcome(labels, 1.0, speed, 2_000_000, {}, machine)


def board(**ran: Outcome) -> Leaderboard:
    entries = rank(TRUTH, [(n, "sklearn", o, f"run-{n}", False) for n, o in ran.items()])
    return Leaderboard("dataset:d@1", 0, 0.2, 800, 200, entries, [])


def test_a_clear_winner_is_told_from_the_second() -> None:
    found = board(good=outcome(10), bad=outcome(60))
    assert [entry.name for entry in found.entries] == ["good", "bad"]
    assert found.entries[0].behind is None and told_apart(found.entries[1])
    assert found.verdict().startswith("good is better than bad: 25.0 points of accuracy (95 %")


def test_a_narrow_one_is_not_and_the_faster_is_named() -> None:
    found = board(first=outcome(10, speed=5.0), second=outcome(12, speed=500.0))
    assert not told_apart(found.entries[1])
    assert "first cannot be told from second on 200 texts" in found.verdict()
    assert "second is the faster" in found.verdict()


def test_intervals_hold_the_figure() -> None:
    entry = board(only=outcome(40)).entries[0]
    assert entry.accuracy.value == pytest.approx(0.8)
    assert 0.7 < entry.accuracy.low < 0.8 < entry.accuracy.high < 0.9
    assert "nothing to be compared with" in board(only=outcome(40)).verdict()


BOTH = {(0.1, 0.2, 0.01): True, (-0.1, 0.2, 0.01): False, (0.1, 0.2, 0.06): False}


@pytest.mark.parametrize("figures", BOTH)
def test_told_apart_takes_both_the_interval_and_the_test(figures) -> None:
    low, high, p_value = figures
    entry = board(good=outcome(10), bad=outcome(60)).entries[1]
    entry = replace(entry, behind=Interval(0.15, low, high), p_value=p_value)
    assert told_apart(entry) is BOTH[figures]


def test_speed_breaks_a_tie() -> None:
    found = board(slow=outcome(5, speed=1.0), fast=outcome(5, speed=9.0))
    assert [entry.name for entry in found.entries] == ["fast", "slow"]
    assert found.entries[1].p_value == 1.0 and "0.0 points" in found.verdict()


def test_times_of_several_machines_are_marked() -> None:
    assert board(a=outcome(1), b=outcome(2)).notes() == []
    (note,) = board(a=outcome(1), b=outcome(2, machine="there")).notes()
    assert "here; there" in note


@pytest.mark.parametrize("classes", [2, 5, 30])
def test_macro_f1_is_scikit_learns(classes: int) -> None:
    rng = np.random.default_rng(classes)
    truth, said = rng.integers(0, classes, 50), rng.integers(0, classes, 50)
    assert macro_f1(truth, said) == pytest.approx(f1_score(truth, said, average="macro"))


def test_the_pages_say_the_same(tmp_path) -> None:
    found = board(good=outcome(10), bad=outcome(60))
    failed = Failure("<script>", "flair", "it | broke\nhere", "run-x")
    found = Leaderboard("dataset:d@1", 0, 0.2, 800, 200, found.entries, [failed])
    write(found, tmp_path)
    data = json.loads((tmp_path / "leaderboard.json").read_text())
    assert data["verdict"] == found.verdict() and data["entries"][0]["accuracy"]["value"] == 0.95
    rows = list(csv.reader(io.StringIO((tmp_path / "leaderboard.csv").read_text())))
    assert {len(row) for row in rows} == {len(CSV_COLUMNS)}
    assert rows[3][-1] == failed.reason and rows[3][-3] == "run-x"
    page = (tmp_path / "leaderboard.html").read_text()
    assert "<script>" not in page and "data:image/png;base64," in page
    assert "| good | 95.0 (" in (tmp_path / "leaderboard.md").read_text()
    assert (tmp_path / "leaderboard.png").read_bytes().startswith(b"\x89PNG")


WRONG = {
    "too few": ({"labels": ["a"]}, "1 labels came back for 2 texts"),
    "a label nobody taught": ({"labels": ["a", "z"]}, "never saw: z"),
    "numbers for labels": ({"labels": [0, 1]}, "no outcome"),
    "no time": ({"train_seconds": float("nan")}, "no outcome"),
    "a size below zero": ({"size": -1}, "no outcome"),
    "an unknown key": ({"labels": ["a", "b"], "extra": 1}, "no outcome"),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_comes_back_is_checked(name: str) -> None:
    change, says = WRONG[name]
    good = {
        "format": 1, "labels": ["a", "b"], "train_seconds": 1.0, "texts_per_second": 1.0,
        "size": None, "libraries": {}, "machine": "here",
    }  # fmt: skip
    assert Outcome.from_dict(good, 2, {"a", "b"}).to_dict() == good
    with pytest.raises(DataError, match=says):
        Outcome.from_dict({**good, **change}, 2, {"a", "b"})
    with pytest.raises(DataError, match="no outcome"):
        Outcome.from_dict([good], 2, {"a", "b"})
