"""YAML that would lose or change what a person wrote is refused, with the lines."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from penstock import strict_yaml
from penstock.config import load_deploy, load_project
from penstock.errors import ConfigError
from penstock.evaluation import Behaviour
from penstock.filters import Pipeline


def refused(text: str) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        strict_yaml.parse(text, "f.yaml")
    return [str(problem) for problem in caught.value.problems]


TWICE = {
    "at the top": (
        "a: 1\nb: 2\na: 3\n",
        ["f.yaml, a: the key 'a' stands here twice, on lines 1 and 3"],
    ),
    "in a block, three times": (
        "wrap:\n  after: []\n  after: []\n  x: 1\n  after: []\n",
        ["f.yaml, wrap.after: the key 'after' stands here 3 times, on lines 2, 3 and 5"],
    ),
    "in braces": (
        "a: {b: 1, b: 2}",
        ["f.yaml, a.b: the key 'b' stands here twice, on lines 1 and 1"],
    ),
    "in a list": ("- {}\n- a: 1\n  a: 1\n", ["f.yaml, [1].a: the key 'a' stands"]),
    "quoted or not": ("a: 1\n'a': 2\n", ["lines 1 and 2"]),
    "one to Python": ("1: a\ntrue: b\n1.0: c\n", ["lines 1, 2 and 3"]),
    "two words for false": (
        "no: a\noff: b\n",
        ["the key 'no' stands here twice, on lines 1 and 2"],
    ),
    "two merges": ("a: &a {x: 1}\nb:\n  <<: *a\n  <<: *a\n", ["f.yaml, b.<<: ", "lines 3 and 4"]),
    "two mistakes": ("a: 1\na: 1\nb: {c: 1, c: 1}\n", ["f.yaml, a: ", "f.yaml, b.c: "]),
}


@pytest.mark.parametrize("name", TWICE)
def test_a_key_twice_is_refused_with_the_lines(name: str) -> None:
    text, expected = TWICE[name]
    found = "\n".join(refused(text))
    assert all(part in found for part in expected), found


GOOD: list[tuple[str, Any]] = [
    ("", None),
    ("\ufeffa: 1\r\nb: 2\r\n", {"a": 1, "b": 2}),
    ("a: 1\nb: {a: 1}\nc: [{a: 1}, {a: 1}]\n", {"a": 1, "b": {"a": 1}, "c": [{"a": 1}] * 2}),
    ("a: &x {k: 1}\nb: {<<: *x, k: 2}\nc: *x\n", {"a": {"k": 1}, "b": {"k": 2}, "c": {"k": 1}}),
    ("1: a\n'1': b\n", {1: "a", "1": "b"}),
    ("few_shot: no\nwhen: 2024-01-01x\n", {"few_shot": False, "when": "2024-01-01x"}),
    (
        "- filter: a\n  b: 'no'\n  c: true\n  d: 3.0e-5\n",
        [{"filter": "a", "b": "no", "c": True, "d": 3e-5}],
    ),
    ("- filter: a\n  b: 1_000\n  c: 0\n  d: 0.5\n", [{"filter": "a", "b": 1000, "c": 0, "d": 0.5}]),
]


@pytest.mark.parametrize(("text", "data"), GOOD)
def test_all_else_is_read_as_before(text: str, data: Any) -> None:
    assert strict_yaml.parse(text, "f.yaml") == data


BROKEN = [
    ("a: [1\nb: 2", "f.yaml, line 2: "),
    ("a: 1\n---\nb: 2", "f.yaml, line 2: "),
    ("a: *b", "f.yaml, line 1: found undefined alias"),
    ("? [a]\n: 1", "f.yaml, line 1: found unhashable key"),
    ("a: &a [*a]", "f.yaml, line 1, a[0]: contains itself"),
    ("a:\n  b: 2024-13-45", "f.yaml, line 2, a.b: `2024-13-45` is no timestamp; quote it"),
    ("a: !!int x", "f.yaml, line 1, a: `x` is no int; quote it"),
    ("!!python/object/apply:os.getcwd []", "f.yaml, line 1: could not determine a constructor"),
    ("\0", "f.yaml: is not YAML: unacceptable character"),
    ("[" * 5000, "f.yaml: is nested too deeply"),
]


@pytest.mark.parametrize(("text", "problem"), BROKEN)
def test_what_is_no_yaml_is_an_error_with_its_line(text: str, problem: str) -> None:
    assert refused(text)[0].startswith(problem)


SURPRISES = [
    ("no", 'YAML reads `no` as false; quote it: "no"; or write false'),
    ("On", 'YAML reads `On` as true; quote it: "On"; or write true'),
    ("010", 'YAML reads `010` as 8; quote it: "010"'),
    ("12:30", 'YAML reads `12:30` as 750; quote it: "12:30"'),
    ("2024-01-01", 'YAML reads `2024-01-01` as a date; quote it: "2024-01-01"'),
    ("3e-5", "YAML reads `3e-5` as the text '3e-5'; write 3.0e-5, or quote it: \"3e-5\""),
    ("1.5E3", "YAML reads `1.5E3` as the text '1.5E3'; write 1.5e+3, or quote it: \"1.5E3\""),
]


@pytest.mark.parametrize(("word", "problem"), SURPRISES)
def test_in_a_filter_a_word_that_yaml_reads_as_something_else_is_refused(
    word: str, problem: str
) -> None:
    assert refused(f"wrap:\n  after:\n  - filter: x\n    values: {{team: {word}}}\n") == [
        f"f.yaml, line 4, wrap.after[0].values.team: {problem}"
    ]
    (as_key,) = refused(f"- filter: x\n  labels:\n    {word}: a\n") if word != "3e-5" else [problem]
    assert problem in as_key


def test_what_is_proposed_for_a_number_is_that_number() -> None:
    for text in ("3e-5", "2E5", "1.e3", "-1.5e+10", "+7E-1"):
        found = strict_yaml.NUMBER_AS_TEXT.fullmatch(text)
        assert found
        assert strict_yaml.parse(strict_yaml.as_number(found), "f.yaml") == float(text)


def test_every_file_of_a_project_and_a_model_is_read_so(tmp_path: Path) -> None:
    (tmp_path / "deploy").mkdir()
    readers = {
        "penstock.yaml": lambda: load_project(tmp_path),
        "deploy/staging.yaml": lambda: load_deploy(tmp_path, "staging"),
        "behaviour.yaml": lambda: Behaviour.load(tmp_path / "behaviour.yaml"),
        "pipeline.yaml": lambda: Pipeline.from_file(tmp_path / "pipeline.yaml"),
    }
    for name, read in readers.items():
        (tmp_path / name).write_text("after: []\nafter: []\n")
        with pytest.raises(ConfigError, match=rf"{name}, after: .* on lines 1 and 2"):
            read()


def test_no_other_place_reads_yaml() -> None:
    source = Path(strict_yaml.__file__).parent
    found = [
        path.relative_to(source).as_posix()
        for path in source.rglob("*.py")
        if any(word in path.read_text() for word in ("safe_load", "yaml.load", "SafeLoader"))
    ]
    assert found == ["strict_yaml.py"]
