"""Examples that are no input: what a program prints, what a folder holds."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from doc_examples import Example

from penstock.errors import ConfigError
from penstock.filters import Pipeline


def first_word(example: Example) -> str:
    return example.text.split()[0]


def _problem_of_a_rule(example: Example, model: Path) -> None:
    rules = {"filter": "rules", "rules": [{"when": "lable == 'no'", "suppress": "no"}]}
    with pytest.raises(ConfigError) as found:
        Pipeline.from_dict({"after": [rules]}, where="penstock.yaml, wrap")
    (problem,) = found.value.problems
    hint = f"; {problem.hint}" if problem.hint else ""
    assert example.text.strip() == f"{problem.where}: {problem.what}{hint}"


def _files_of_a_model(example: Example, model: Path) -> None:
    """The first words of a line are paths; those of a packaged model are not made here."""
    for line in example.text.splitlines():
        paths, _, meaning = line.partition("   ")
        if not meaning.strip().startswith("packaged"):
            folder = Path(paths.split()[0]).parent
            for path in paths.split():
                assert (model / path).exists() or (model / folder / path).exists(), path


OUTPUTS: dict[str, Callable[[Example, Path], None]] = {
    "penstock.yaml,": _problem_of_a_rule,
    "MLmodel": _files_of_a_model,
}
"""By the first word of the example; each takes the example and a wrapped model's folder."""
