from __future__ import annotations

import pytest

from penstock.filters.built_in.add_metadata import AddMetadata
from penstock.filters.built_in.cut_reply import CutReply
from penstock.filters.built_in.map_labels import MapLabels
from penstock.filters.built_in.require_fields import RequireFields
from penstock.filters.built_in.suppress_below import SuppressBelow
from penstock.filters.built_in.suppress_out_of_scope import SuppressOutOfScope
from penstock.filters.built_in.top_k import TopK
from penstock.filters.record import Record

CLASSES = ["no", "yes"]


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({}, "Yes."),
        ({"signature": "keep"}, "Yes.\n-- \nBo"),
        ({"thread": "full"}, "Yes.\n\nOn 4 Mar 2024, Ann wrote:\n> Hi"),
        (
            {"thread": "full", "signature": "keep"},
            "Yes.\n-- \nBo\n\nOn 4 Mar 2024, Ann wrote:\n> Hi",
        ),
    ],
)
def test_cut_reply(options: dict[str, str], text: str) -> None:
    mail = "Yes.\n-- \nBo\n\nOn 4 Mar 2024, Ann wrote:\n> Hi"
    (record,) = CutReply(**options).before([Record(mail)])  # type: ignore[arg-type]
    assert record.text == text


@pytest.mark.parametrize(
    ("score", "threshold", "reason"),
    [
        (0.5, 0.5, None),
        (0.41, 0.5, "confidence 0.41 below 0.50"),
        (0.4999, 0.5, "confidence 0.4999 below 0.5000"),
        (0.9, 0.955, "confidence 0.90 below 0.95"),
        (float("nan"), 0.0, "confidence nan below 0.00"),
    ],
)
def test_suppress_below(score: float, threshold: float, reason: str | None) -> None:
    answered = Record("a").scored([score], ["yes"])
    (record,) = SuppressBelow(threshold=threshold).after([answered])
    assert record.reason == reason
    assert (record.label is None) is (reason is not None)
    assert record.scores == answered.scores


def test_suppress_below_leaves_the_others_alone() -> None:
    refused = Record("a").not_scored("x", "y")
    assert SuppressBelow(threshold=1.0).after([refused]) == [refused]


def test_a_class_can_have_its_own_threshold() -> None:
    filter_ = SuppressBelow(threshold=0.9, classes={"yes": 0.1})
    records = [Record("a").scored(p, CLASSES) for p in ([0.6, 0.4], [0.4, 0.6])]
    assert [r.status for r in filter_.after(records)] == ["suppressed", "scored"]


def test_add_metadata_reads_constants_and_facts() -> None:
    filter_ = AddMetadata(values={"a": 1}, fields=("characters", "message_id", "decided_by"))
    record = Record("four", {"message-id": "<1>"}).not_scored("x", "y")
    (changed,) = filter_.after([record])
    assert changed.annotations == {
        "a": 1,
        "characters": 4,
        "message_id": "<1>",
        "decided_by": "x",
    }


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        (Record("a", {"subject": "s"}, {"channel": "web"}), None),
        (Record("a", {"subject": "s"}, {"channel": 0}), None),
        (Record(" \n\u3000", {"subject": "s"}, {"channel": "web"}), "no text"),
        (Record("a", {"subject": " "}, {"channel": None}), "no header Subject, no field channel"),
        (Record(""), "no text, no header Subject, no field channel"),
    ],
)
def test_require_fields(record: Record, reason: str | None) -> None:
    filter_ = RequireFields(headers=("Subject",), fields=("channel",))
    (checked,) = filter_.before([record])
    assert (checked.reason, checked.pending) == (reason, reason is None)


def test_a_text_can_be_left_out_of_what_is_required() -> None:
    assert RequireFields(text=False).before([Record("")])[0].pending


@pytest.mark.parametrize(
    ("threshold", "score", "says", "reason"),
    [
        (None, None, None, None),
        (None, 2.0, False, None),
        (None, 2.0, True, "out of scope, score 2"),
        (2.0, 2.0, True, None),
        (1.5, 2.0, False, "out of scope, score 2 above 1.5"),
        (1.5, float("nan"), False, "out of scope, score nan above 1.5"),
        (1.5, None, None, None),
    ],
)
def test_suppress_out_of_scope(
    threshold: float | None, score: float | None, says: bool | None, reason: str | None
) -> None:
    answered = Record("a").scored([0.4, 0.6], CLASSES)
    answered = answered.replace(out_of_scope=says, out_of_scope_score=score)
    (record,) = SuppressOutOfScope(threshold=threshold).after([answered])
    assert record.reason == reason
    assert (record.status == "suppressed") is (reason is not None)
    assert record.scores == answered.scores


def test_map_labels_adds_up_what_shares_a_name() -> None:
    answered = Record("a").scored([0.4, 0.25, 0.35], ["yes", "no", "never"])
    (record,) = MapLabels(labels={"no": "decline", "never": "decline"}).after([answered])
    assert record.scores == {"yes": 0.4, "decline": pytest.approx(0.6)}
    assert (record.label, record.score) == ("yes", 0.4)
    (record,) = MapLabels(labels={"yes": "Go"}).after([answered])
    assert (record.label, record.score) == ("Go", 0.4)


def test_map_labels_of_a_multi_label_model_takes_the_highest() -> None:
    answered = Record("a").scored([0.7, 0.9, 0.2], ["a", "b", "c"], [0.5, 0.5, 0.5])
    (record,) = MapLabels(labels={"a": "x", "b": "x"}).after([answered])
    assert (record.label, record.score, record.labels) == ("x", 0.9, ["x"])
    assert record.scores == {"x": 0.9, "c": 0.2}


def test_map_labels_of_numbers_and_of_what_has_no_label() -> None:
    filter_ = MapLabels(labels={"1": "one"})
    (record,) = filter_.after([Record("a").scored([0.4, 0.6], [0, 1])])
    assert (record.label, record.scores) == ("one", {"0": 0.4, "one": 0.6})
    refused = Record("a").not_scored("x", "y")
    assert filter_.after([refused]) == [refused]


def test_top_k_keeps_the_best_in_order() -> None:
    answered = Record("a").scored([0.2, 0.5, 0.3], ["a", "b", "c"])
    (record,) = TopK(k=2).after([answered])
    assert list(record.scores.items()) == [("b", 0.5), ("c", 0.3)]
    assert (record.label, record.score) == ("b", 0.5)
    assert TopK(k=9).after([answered])[0].scores == answered.scores
