from __future__ import annotations

import threading

import pytest

from penstock.filters.cache import Cache, _Answers
from penstock.filters.cut_reply import CutReply
from penstock.filters.metadata import AddMetadata
from penstock.filters.oversize import RefuseOversize
from penstock.filters.record import Record
from penstock.filters.suppress import SuppressBelow

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


@pytest.mark.parametrize(("size", "pending"), [(20_000, True), (20_001, False)])
def test_refuse_oversize(size: int, pending: bool) -> None:
    (record,) = RefuseOversize().before([Record("a" * size)])
    assert record.pending is pending


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


def test_the_cache_is_bounded_and_forgets_the_least_used() -> None:
    answers = _Answers(2, 10)
    record = Record("a").scored([1.0], ["yes"])
    answers.put(b"1", record)
    answers.put(b"2", record)
    assert answers.get(b"1")
    answers.put(b"3", record)
    assert [answers.get(key) is not None for key in (b"1", b"2", b"3")] == [True, False, True]
    assert len(answers) == 2


def test_a_cached_answer_expires() -> None:
    now = [0.0]
    answers = _Answers(2, 10, clock=lambda: now[0])
    answers.put(b"1", Record("a").scored([1.0], ["yes"]))
    now[0] = 9.9
    assert answers.get(b"1")
    now[0] = 10.0
    assert answers.get(b"1") is None
    assert len(answers) == 0


def test_the_key_is_the_exact_text_and_the_model() -> None:
    cache = Cache()
    cache.bind("sha256:a")
    (missed,) = cache.before([Record("yes")])
    cache.after([missed.scored([1.0], ["yes"])])
    statuses = [r.status for r in cache.before([Record("yes"), Record("yes "), Record("Yes")])]
    assert statuses == ["cached", None, None]
    cache.bind("sha256:b")
    assert cache.before([Record("yes")])[0].pending


def test_only_answers_of_the_model_are_kept() -> None:
    cache = Cache()
    (missed,) = cache.before([Record("yes")])
    cache.after([missed.not_scored("x", "y")])
    assert cache.before([Record("yes")])[0].pending


def test_the_cache_is_safe_to_share() -> None:
    cache = Cache(max_entries=10)
    errors: list[BaseException] = []

    def work() -> None:
        try:
            for number in range(500):
                (record,) = cache.before([Record(str(number % 30))])
                cache.after([record.scored([1.0], [number % 30])] if record.pending else [record])
                assert record.pending or record.label == number % 30
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not errors
