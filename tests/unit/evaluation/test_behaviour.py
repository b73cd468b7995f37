"""Behavioural tests: every problem of a file at once, and each kind passing and failing."""

import random

import pytest
from guessing import TEXTS, WORDS, ByWord

from penstock.errors import ConfigError
from penstock.evaluation import Behaviour
from penstock.evaluation.checks import run
from penstock.evaluation.perturbations import PERTURBATIONS, typos
from penstock.evaluation.predictions import Model
from penstock.evaluation.templates import MOST, expand


def suite(tmp_path, text):
    path = tmp_path / "behaviour.yaml"
    path.write_text("schema: 1\n" + text)
    return Behaviour.load(path)


WRONG = {
    "a misspelt key": (
        "tests: [{name: a, type: invariance, edti: lower}]",
        ["tests[0].edti: unknown key; did you mean 'edit'?"],
    ),
    "keys of another kind": (
        "tests: [{name: a, type: invariance, edit: lower, expect: x}]",
        ["tests[0].expect: does nothing"],
    ),
    "an unknown edit": (
        "tests: [{name: a, type: invariance, edit: typoes}]",
        ["there is no edit 'typoes'; did you mean 'typos'?"],
    ),
    "two keys of an edit": (
        "tests: [{name: a, type: invariance, edit: {append: x, prepend: y}}]",
        ["tests[0].edit: wants exactly one key"],
    ),
    "an unknown slot, no label, a name twice": (
        "slots: {name: [A]}\n"
        "tests:\n"
        "  - {name: a, type: minimum_functionality, templates: ['{nmae}']}\n"
        "  - {name: a, type: directional, edit: lower, label: x, must: rise}\n",
        ["there is no slot 'nmae'; did you mean 'name'?", "expect: is missing", "already"],
    ),
    "no texts": (
        "tests: [{name: a, type: minimum_functionality, expect: x}]",
        ["there is nothing to test"],
    ),
    "a label that YAML takes for a truth value": (
        "tests: [{name: a, type: minimum_functionality, texts: [x], expect: no}]",
        ["tests[0].expect: False: input should be a valid string", "quote it"],
    ),
    "no tests": ("tests: []", ["tests: []"]),
    "a rate above 1": (
        "tests: [{name: a, type: invariance, edit: lower, max_failure_rate: 5}]",
        ["max_failure_rate"],
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_file_names_every_problem(name, tmp_path):
    text, expected = WRONG[name]
    with pytest.raises(ConfigError) as caught:
        suite(tmp_path, text)
    for part in expected:
        assert part in str(caught.value)
    assert "behaviour.yaml" in str(caught.value)


def test_a_missing_file_is_a_kind_error(tmp_path):
    with pytest.raises(ConfigError, match="no such file"):
        Behaviour.load(tmp_path / "none.yaml")


def test_labels_are_those_of_the_model(tmp_path):
    found = suite(
        tmp_path,
        "tests:\n"
        "  - {name: a, type: minimum_functionality, expect: latter, texts: [x]}\n"
        "  - {name: b, type: directional, edit: lower, label: yess, must: rise}\n",
    )
    with pytest.raises(ConfigError) as caught:
        run(found, Model(ByWord(WORDS)), TEXTS)
    assert "tests[0].expect: 'latter' is no label; did you mean 'later'?" in str(caught.value)
    assert "tests[1].label: 'yess' is no label; did you mean 'yes'?" in str(caught.value)


KINDS = """
slots: {what: [it, "this now"]}
tests:
  - {name: stop is no, type: minimum_functionality, expect: "no", templates: ["stop {what}"]}
  - {name: halt is no, type: minimum_functionality, expect: "no", texts: [halt, stop, please]}
  - {name: a wish, type: invariance, edit: {append: bye}}
  - {name: shouting, type: invariance, edit: upper, texts: [stop, what, WHAT]}
  - {name: spring, type: directional, label: later, must: rise, edit: {append: in spring}}
  - {name: no spring, type: directional, label: later, must: fall, edit: {append: in spring}}
  - {name: names, type: invariance, edit: names, texts: [no name here]}
"""


def test_each_kind_passes_and_fails_as_it_should(tmp_path):
    model = ByWord(WORDS)
    results = {r.name: r for r in run(suite(tmp_path, KINDS), Model(model), TEXTS)}
    assert model.calls == 1
    counts = {name: (r.failures, r.n_samples) for name, r in results.items()}
    assert counts["stop is no"] == (0, 2)
    assert counts["halt is no"] == (1, 3)  # "halt" is unsure, and the first class is "no"
    assert counts["a wish"] == (0, len(TEXTS))
    assert counts["shouting"] == (0, 2)  # "WHAT" is as it was
    assert counts["spring"][0] == 0
    assert counts["no spring"][0] > 0
    assert counts["names"] == (0, 0)
    assert not results["names"].tested
    assert not results["names"].passed
    assert not results["names"].failed
    failure = results["no spring"].examples[0]
    assert failure.edited.endswith("in spring")
    assert len(results["no spring"].examples) <= 5


def test_some_may_fail(tmp_path):
    line = (
        "tests: [{{name: a, type: minimum_functionality, expect: 'no', texts: [stop, please], "
        "max_failure_rate: {}}}]"
    )
    for rate, passed in [(0.5, True), (0.4, False)]:
        (result,) = run(suite(tmp_path, line.format(rate)), Model(ByWord(WORDS)))
        assert result.passed is passed


NOTHING = """
slots: {what: []}
tests:
  - {name: names, type: invariance, edit: names, texts: [no name here]}
  - {name: slots, type: minimum_functionality, expect: "no", templates: ["stop {what}"]}
"""


def test_a_test_on_nothing_says_what_would_give_it_texts(tmp_path):
    names, slots = run(suite(tmp_path, NOTHING), Model(ByWord(WORDS)), [])
    assert names.remedy == "give it `texts` that its edit changes"
    assert slots.remedy == "give the slots of its templates values"
    assert not slots.passed


def test_templates_are_no_code():
    slots = {"a": ["x", "y"], "b": ["1", "2"]}
    assert expand("{a}{b}", slots) == ["x1", "x2", "y1", "y2"]
    assert expand("{a} and {a}", slots) == ["x and x", "y and y"]
    assert expand("{a.__class__} {0} {} {A}", slots) == ["{a.__class__} {0} {} {A}"]
    assert expand("{a}", {"a": ["{b}"]}) == ["{b}"]


def test_a_million_combinations_are_drawn():
    slots = {name: [str(n) for n in range(1000)] for name in ("a", "b", "c")}
    texts = expand("{a} {b} {c}", slots)
    assert len(set(texts)) == MOST
    assert texts == expand("{a} {b} {c}", slots)


@pytest.mark.parametrize("name", PERTURBATIONS)
@pytest.mark.parametrize("text", ["Hi Anna, 42 people? Yes!", "", "\U0001f600 1", "ß", "a"])
def test_perturbations_take_any_text_and_repeat_for_a_seed(name, text):
    edit = PERTURBATIONS[name]
    assert edit(text, random.Random(1)) == edit(text, random.Random(1))


def test_perturbations_do_what_they_say():
    rng = random.Random(0)
    text = "Hi Anna, call me at 10 or 1200."
    assert typos(text, rng) != text
    assert abs(len(typos(text * 20, rng)) - len(text * 20)) < 40
    assert "Anna" not in PERTURBATIONS["names"](text, rng)
    assert len(PERTURBATIONS["numbers"](text, rng)) == len(text)
    assert text in PERTURBATIONS["pleasantry"](text, rng)
