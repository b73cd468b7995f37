from __future__ import annotations

from typing import Any

import pytest
import yaml

from penstock.errors import ConfigError
from penstock.filters import Pipeline, Record

ANSWER = Record("Send me a price list.").scored([0.3, 0.7], ["no", "yes"])


def ruled(rules: list[dict[str, Any]], record: Record = ANSWER) -> Record:
    return Pipeline.from_dict({"after": [{"filter": "rules", "rules": rules}]}).after([record])[0]


def test_the_first_rule_that_holds_decides() -> None:
    rules = [
        {"when": "score > 0.9", "label": "never"},
        {"when": 'contains(text, "price")', "name": "asks for a price", "label": "no"},
        {"when": "True", "suppress": "not reached"},
    ]
    record = ruled(rules)
    assert (record.status, record.label, record.score) == ("scored", "no", None)
    assert (record.decided_by, record.reason) == (
        "rules",
        "rule 'asks for a price': instead of yes",
    )
    assert record.scores == ANSWER.scores


def test_a_label_that_a_rule_gives_has_no_score() -> None:
    record = ruled([{"when": "True", "label": "hot"}])
    assert (record.label, record.score, record.reason) == ("hot", None, "rule 1: instead of yes")


def test_a_rule_can_confirm_what_the_model_says() -> None:
    record = ruled([{"when": "True", "name": "sure", "label": "yes"}])
    assert (record.label, record.score, record.reason) == ("yes", None, "rule 'sure'")


def test_no_threshold_holds_back_what_a_rule_says() -> None:
    spec = {
        "after": [
            {"filter": "rules", "rules": [{"when": 'label == "yes"', "label": "no"}]},
            {"filter": "suppress_below", "threshold": 1.0},
            {"filter": "map_labels", "labels": {"no": "No!"}},
        ]
    }
    record = Pipeline.from_dict(spec).after([ANSWER])[0]
    assert (record.label, record.score, record.status) == ("No!", None, "scored")


def test_a_rule_can_hold_back_and_annotate() -> None:
    record = ruled([{"when": "score < 0.8", "suppress": "a person looks", "annotate": {"q": 2}}])
    assert (record.status, record.label) == ("suppressed", None)
    assert (record.decided_by, record.reason) == ("rules", "rule 1: a person looks")
    assert record.annotations == {"q": 2}


def test_annotations_alone_decide_nothing() -> None:
    record = ruled([{"when": "True", "annotate": {"team": "sales"}}])
    assert record == ANSWER.replace(annotations={"team": "sales"})


def test_only_answers_with_a_label_are_looked_at() -> None:
    for record in (ANSWER.suppressed("x", "y"), Record("price").not_scored("x", "y")):
        assert ruled([{"when": "True", "label": "hot"}], record) == record
    cached = Record("price").cached("cache", ANSWER)
    assert ruled([{"when": "True", "label": "hot"}], cached).label == "hot"


def test_of_a_multi_label_model_all_labels_are_replaced() -> None:
    several = Record("a").scored([0.7, 0.8], ["a", "b"], [0.5, 0.5])
    assert ruled([{"when": '"a" in labels', "label": "c"}], several).labels == ["c"]


def test_every_mistake_comes_at_once_with_its_place() -> None:
    rules = [
        {"when": 'lable == "yes"', "label": "a"},
        {"when": "True"},
        {"when": "True", "label": "a", "suppress": "b"},
    ]
    spec = {"after": [{"filter": "rules", "rules": rules}]}
    with pytest.raises(ConfigError) as caught:
        Pipeline.from_dict(spec, where="deploy/staging.yaml, wrap")
    found = [str(problem) for problem in caught.value.problems]
    place = "deploy/staging.yaml, wrap.after[0].rules"
    assert found == [
        f"{place}[0].when: column 1: unknown name 'lable'; did you mean 'label'?",
        f"{place}[1]: does nothing; give label, suppress or annotate",
        f"{place}[2]: gives a label and holds it back; make two rules of it",
    ]


@pytest.mark.parametrize(
    ("rules", "problem"),
    [
        ([{"whn": "True"}], r"rules\[0\]: unknown key 'whn'; did you mean 'when'\?"),
        ([{"when": 1, "label": "a"}], r"rules\[0\].when: Expected `str`, got `int`"),
        ([{"label": "a"}], r"rules\[0\]: Object missing required field `when`"),
        ([], "rules: .* is not allowed: Expected `array` of length >= 1"),
    ],
)
def test_a_wrong_shape_is_told_with_its_place(rules: list[Any], problem: str) -> None:
    with pytest.raises(ConfigError, match=problem):
        ruled(rules)


def test_rules_survive_the_yaml_of_a_wrapped_model() -> None:
    rules = [{"when": 'label == "a"', "label": "b"}]
    spec = Pipeline.from_dict({"after": [{"filter": "rules", "rules": rules}]}).to_dict()
    (again,) = yaml.safe_load(yaml.safe_dump(spec))["after"]
    assert again == {"filter": "rules", "rules": rules}


def test_labels_that_the_model_does_not_know_are_told() -> None:
    after = [
        {"filter": "rules", "rules": [{"when": 'label == "yess"', "label": "nno"}]},
        {"filter": "suppress_below", "classes": {"no": 0.5, "maybe": 0.5}},
        {"filter": "map_labels", "labels": {"yes": "Go", "yse": "Hot"}},
        {"filter": "suppress_below", "classes": {"Go": 0.5, "yes": 0.5}},
    ]
    pipeline = Pipeline.from_dict({"after": after})
    with pytest.raises(ConfigError) as caught:
        pipeline.check_labels(["no", "yes"], "deploy/staging.yaml, wrap")
    assert [str(problem) for problem in caught.value.problems] == [
        "deploy/staging.yaml, wrap.after[0] (rules): label 'nno' is none of the model's; "
        "did you mean 'no'?",
        "deploy/staging.yaml, wrap.after[0] (rules): label 'yess' is none of the model's; "
        "did you mean 'yes'?",
        "deploy/staging.yaml, wrap.after[1] (suppress_below): label 'maybe' is none of the "
        "model's; known: no, yes",
        "deploy/staging.yaml, wrap.after[2] (map_labels): label 'yse' is none of the model's; "
        "did you mean 'yes'?",
        "deploy/staging.yaml, wrap.after[3] (suppress_below): label 'yes' is none of the "
        "model's; known: Go, no",
    ]
    Pipeline.from_dict({"after": after[:1]}).check_labels(["nno", "yess"])
