"""Every example of the pages is read by what would execute it.

Of Python, the imports are executed and the rest is compiled; the guide of filters is run in
`tests/unit/docs`.

A block that no rule takes fails, by file and line: a new kind of example wants a new rule.
"""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from doc_commands import check, commands
from doc_data import check_toml, check_yaml, kind_of_json
from doc_examples import FENCED, INLINES, Example

from penstock.errors import ConfigError
from penstock.filters import Pipeline

LANGUAGES = ("python", "yaml", "toml", "json", "")


def of(language: str) -> list[Example]:
    """Return the blocks of a language; what a program prints is none of the commands."""
    found = [example for example in FENCED if example.language == language]
    return [example for example in found if language or not example.is_output]


def test_every_language_has_a_rule() -> None:
    odd = [f"{e}: {e.language}" for e in FENCED if e.language not in LANGUAGES]
    assert not odd, "no rule takes these: add one to test_doc_examples.py"
    assert len(FENCED) > 50


@pytest.mark.parametrize("example", of("python"), ids=str)
def test_python_compiles_and_imports_what_there_is(example: Example) -> None:
    tree = ast.parse(example.text)
    imports = [node for node in ast.walk(tree) if isinstance(node, ast.Import | ast.ImportFrom)]
    own = [node for node in imports if "penstock" in ast.unparse(node)]
    exec(compile(ast.Module(own, []), str(example), "exec"), {})


@pytest.mark.parametrize("example", of("yaml"), ids=str)
def test_yaml_is_read_by_its_reader(example: Example, tmp_path: Path) -> None:
    check_yaml(example, tmp_path)


@pytest.mark.parametrize("example", of("toml"), ids=str)
def test_toml_names_what_the_page_has(example: Example) -> None:
    check_toml(example)


@pytest.mark.parametrize("example", of("json"), ids=str)
def test_json_is_json_of_a_known_kind(example: Example) -> None:
    assert kind_of_json(example)


@pytest.mark.parametrize("example", of(""), ids=str)
def test_commands_are_taken_by_their_programs(example: Example) -> None:
    for command in commands(example):
        check(command)


@pytest.mark.parametrize("example", INLINES, ids=lambda example: f"{example} {example.text}")
def test_commands_in_sentences_are_taken_by_their_programs(example: Example) -> None:
    (command,) = commands(example)
    check(command, whole=False)


def test_the_error_of_a_rule_is_what_is_shown() -> None:
    (shown,) = [found.text.strip() for found in FENCED if found.text.startswith("penstock.yaml,")]
    rules = {"filter": "rules", "rules": [{"when": "lable == 'no'", "suppress": "no"}]}
    with pytest.raises(ConfigError) as found:
        Pipeline.from_dict({"after": [rules]}, where="penstock.yaml, wrap")
    assert str(found.value) == shown


@pytest.mark.parametrize("text", ["penstock trian", "penstock train --epoch 3", "kubectl get pods"])
def test_a_wrong_command_is_found(text: str) -> None:
    with pytest.raises(AssertionError):
        check(commands(Example("a page", 1, "", text))[0])
