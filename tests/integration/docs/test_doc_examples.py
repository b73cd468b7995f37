"""Every example of the pages is read by what would execute it; Python is compiled, not run.

A block that no rule takes fails, by file and line: a new kind of example wants a new rule.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from doc_commands import check, commands
from doc_data import check_toml, check_yaml, kind_of_json
from doc_examples import FENCED, INLINES, Example
from doc_outputs import OUTPUTS, first_word

LANGUAGES = ("python", "yaml", "toml", "json", "")


def of(language: str) -> list[Example]:
    """Return the blocks of a language; what a program prints is none of the commands."""
    found = [example for example in FENCED if example.language == language]
    return [example for example in found if language or first_word(example) not in OUTPUTS]


def test_every_language_has_a_rule() -> None:
    odd = [f"{e}: {e.language}" for e in FENCED if e.language not in LANGUAGES]
    assert not odd, "no rule takes these: add one to test_doc_examples.py"
    assert len(FENCED) > 50


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


@pytest.mark.parametrize("text", ["penstock trian", "penstock train --epoch 3", "kubectl get pods"])
def test_a_wrong_command_is_found(text: str) -> None:
    with pytest.raises(AssertionError):
        check(commands(Example("a page", 1, "", text))[0])
