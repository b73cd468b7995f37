from __future__ import annotations

import copy
import threading

import msgspec
import pytest

from penstock.errors import ConfigError
from penstock.filters import Pipeline, Record
from penstock.filters.built_in import redis as redis_module
from penstock.filters.built_in.cache import Cache
from penstock.filters.built_in.memory import MemoryAnswers
from penstock.filters.built_in.redis import RedisAnswers

ANSWER = Record("").scored([1.0], ["yes"])


def test_it_is_bounded_and_forgets_the_least_used() -> None:
    answers = MemoryAnswers(2, 10)
    answers.put({b"1": ANSWER, b"2": ANSWER})
    assert answers.get([b"1"]) == [ANSWER]
    answers.put({b"3": ANSWER})
    assert answers.get([b"1", b"2", b"3"]) == [ANSWER, None, ANSWER]
    assert len(answers) == 2


def test_an_answer_expires() -> None:
    now = [0.0]
    answers = MemoryAnswers(2, 10, clock=lambda: now[0])
    answers.put({b"1": ANSWER})
    now[0] = 9.9
    assert answers.get([b"1"]) == [ANSWER]
    now[0] = 10.0
    assert answers.get([b"1"]) == [None]
    assert len(answers) == 0


def test_the_key_is_the_exact_text_and_who_answers() -> None:
    cache = Cache()
    cache.bind("sha256:a")
    (missed,) = cache.before([Record("yes")])
    cache.after([missed.scored([1.0], ["yes"])])
    statuses = [r.status for r in cache.before([Record("yes"), Record("yes "), Record("Yes")])]
    assert statuses == ["cached", None, None]
    cache.bind("sha256:b")
    assert cache.before([Record("yes")])[0].pending
    assert cache.counters() == {"hits": 1, "misses": 4, "failures": 0}


def test_another_pipeline_around_the_same_model_has_other_keys() -> None:
    specs = [{"before": [{"filter": "cache", "max_entries": n}]} for n in (1, 1, 2)]
    pipelines = [Pipeline.from_dict(spec).bind("sha256:a") for spec in specs]
    (cut, same, other) = [p.before([Record("yes")])[0].notes["cache"] for p in pipelines]
    assert cut == same != other
    assert pipelines[0].counters() == {"cache": {"hits": 0, "misses": 1, "failures": 0}}


def test_only_answers_of_the_model_are_kept() -> None:
    cache = Cache()
    (missed,) = cache.before([Record("yes")])
    cache.after([missed.not_scored("x", "y")])
    assert cache.before([Record("yes")])[0].pending


def test_a_kept_answer_has_nothing_of_the_request() -> None:
    cache = Cache()
    record = Record("a secret", {"from": "a secret"}, {"who": "a secret"})
    (missed,) = cache.before([record])
    cache.after([missed.scored([1.0], ["yes"]).replace(annotations={"a": "a secret"})])
    kept = list(cache.__dict__["_store"]._entries.values())
    assert "secret" not in repr(kept)
    (again,) = cache.before([record])
    assert (again.label, again.headers, again.annotations) == ("yes", record.headers, {})


def test_a_copy_has_answers_of_its_own() -> None:
    cache = Cache(max_entries=7)
    (missed,) = cache.before([Record("yes")])
    cache.after([missed.scored([1.0], ["yes"])])
    twin = copy.deepcopy(cache)
    assert twin.max_entries == 7
    assert twin.before([Record("yes")])[0].pending


def test_it_is_safe_to_share() -> None:
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
    assert sum(cache.counters().values()) == 8 * 500


@pytest.mark.parametrize(
    ("url", "problem"),
    [
        ("http://cache:6379", "url starts with http, want one of redis, rediss, unix"),
        ("cache:6379", "url starts with cache"),
        ("cache", "url starts with no scheme"),
        ("redis://:hunter2@cache", "url has a password in it; set PENSTOCK_REDIS_PASSWORD"),
        ("redis://[", "url is no address"),
    ],
)
def test_a_wrong_address_is_told_and_never_printed(url: str, problem: str) -> None:
    with pytest.raises(ConfigError) as caught:
        Pipeline.from_dict({"before": [{"filter": "cache", "url": url}]})
    assert problem in str(caught.value)
    assert "hunter2" not in str(caught.value)


def test_an_address_without_the_package_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("penstock.filters.built_in.cache.is_installed", lambda: False)
    with pytest.raises(ConfigError, match=r"pip install 'penstock\[redis\]'"):
        Pipeline.from_dict({"before": [{"filter": "cache", "url": "redis://cache"}]})


def test_a_server_that_is_away_costs_no_request_and_one_line(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Port 1 is closed; the time is ours, so that both sides of the pause are seen.
    now = [100.0]
    monkeypatch.setattr(redis_module.time, "monotonic", lambda: now[0])
    spec = {"before": [{"filter": "cache", "url": "redis://127.0.0.1:1/0"}]}
    pipeline = Pipeline.from_dict(spec).bind("sha256:a")
    assert pipeline.may_block
    assert pipeline.needs == ["redis"]
    for _ in range(3):
        (record,) = pipeline.before([Record("yes")])
        assert record.pending
        pipeline.after([record.scored([1.0], ["yes"])])
    assert pipeline.counters()["cache"]["failures"] == 1
    now[0] += 6
    pipeline.before([Record("yes")])
    assert pipeline.counters()["cache"]["failures"] == 2
    (line,) = [record.getMessage() for record in caplog.records]
    assert line == "cache redis://127.0.0.1: ConnectionError; texts are scored"


def test_a_shared_store_is_not_used_before_the_model_is_known() -> None:
    (record,) = Cache(url="redis://127.0.0.1:1/0").before([Record("yes")])
    assert record == Record("yes")


class _Client:
    def __init__(self, *contents: bytes | None) -> None:
        self.contents = contents

    def mget(self, keys: list[bytes]) -> list[bytes | None]:
        return list(self.contents)


def test_what_another_version_wrote_is_a_miss(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = RedisAnswers("redis://cache", 1, 1)
    good = msgspec.msgpack.encode(ANSWER)
    answers.__dict__["_client"] = _Client(b"\xc1rubbish", good, None, b"\x01")
    assert answers.get([b"1", b"2", b"3", b"4"]) == [None, ANSWER, None, None]
    assert answers.failures == 0
