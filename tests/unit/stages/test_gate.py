"""The gate of `penstock test`: required behaviours that failed, or that nothing was tested on."""

from pathlib import Path

import pytest

from penstock.errors import StageError
from penstock.evaluation import Report
from penstock.evaluation.checks import BehaviourResult
from penstock.stages.test import Tested
from penstock.stages.versions import Version


def tested(*behaviour):
    report = Report.of_scores([[0.9, 0.1]], ["a"], ["no"], ["no", "yes"])
    report.behaviour.extend(behaviour)
    return Tested(
        Version("m-trained", "1", "sha256:0", None, {}), "run", "report:m@1", Path("out"), report
    )


def result(name, n_samples, failures=0, required=True):
    return BehaviourResult(name, "invariance", required, 0.0, n_samples, failures, [])


def test_required_on_nothing_fails_with_what_to_do():
    with pytest.raises(StageError) as caught:
        tested(result("idle", 0), result("wrong", 2, 1), result("fine", 2)).check()
    assert [(p.where, p.what) for p in caught.value.problems] == [
        ("behaviour 'idle'", "is required, and there was no text to test"),
        ("behaviour 'wrong'", "1 of 2 texts fail, 0% may"),
    ]
    assert caught.value.problems[0].hint == "give it `texts` that its edit changes"


def test_what_is_not_required_ends_nothing():
    tested(result("idle", 0, required=False), result("wrong", 2, 2, required=False)).check()
