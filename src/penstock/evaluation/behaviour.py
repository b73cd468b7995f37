"""Behavioural tests: what a classifier must do, whatever its accuracy is.

The three kinds are those of CheckList (Ribeiro et al., 2020): a minimum functionality test
says which label simple texts have, an invariance test which edits must not change the label,
a directional test which edits must raise or lower a label's score. They stand in a YAML file.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import Field

from penstock.config import Section, load_file
from penstock.errors import ConfigError, Problem, did_you_mean
from penstock.evaluation.perturbations import PERTURBATIONS
from penstock.evaluation.templates import expand, template_problems

__all__ = ["Behaviour", "BehaviourTest", "Edit"]

Kind = Literal["minimum_functionality", "invariance", "directional"]


class Edit(Section):
    """A change of the text in so many words; exactly one key."""

    append: str | None = Field(None, description="goes behind the text, after a space")
    prepend: str | None = Field(None, description="goes before it")
    replace: dict[str, str] | None = Field(None, description="words for others")

    @property
    def count(self) -> int:
        """How many of the keys are given."""
        return sum(value is not None for value in (self.append, self.prepend, self.replace))

    def __call__(self, text: str) -> str:
        """Return the edited text."""
        if self.append is not None:
            return f"{text} {self.append}"
        if self.prepend is not None:
            return f"{self.prepend} {text}"
        for old, new in (self.replace or {}).items():
            text = text.replace(old, new)
        return text


class BehaviourTest(Section):
    """One behavioural test."""

    name: str = Field(min_length=1, description="a sentence that says what must hold")
    type: Kind = Field(description="what is tested")
    texts: list[str] = Field(default_factory=list, description="as they stand")
    templates: list[str] = Field(default_factory=list, description="with `{slots}`")
    expect: str | None = Field(None, description="minimum_functionality: the label")
    edit: str | Edit | None = Field(None, description="invariance, directional: the change")
    label: str | None = Field(None, description="directional: whose score is watched")
    must: Literal["rise", "fall"] | None = Field(None, description="directional: what it must do")
    max_failure_rate: float = Field(0.0, ge=0, le=1, description="share of texts that may fail")
    required: bool = Field(False, description="`penstock test` fails unless the test passes")

    @property
    def own_texts(self) -> bool:
        """Whether the test brings its texts; otherwise it runs on those of the report."""
        return bool(self.texts or self.templates)


class _File(Section):
    format: Literal[1] = Field(1, alias="schema", description="of this file")
    slots: dict[str, list[str]] = Field(default_factory=dict, description="values of templates")
    tests: list[BehaviourTest] = Field(min_length=1, description="in the order of the report")


class Behaviour:
    """A suite of behavioural tests; `load` reads one.

    Examples
    --------
    >>> suite = Behaviour.load("behaviour.yaml")  # doctest: +SKIP
    >>> Report.of(classifier, texts, labels, behaviour=suite)  # doctest: +SKIP
    """

    def __init__(
        self, tests: Sequence[BehaviourTest], slots: dict[str, list[str]], where: str
    ) -> None:
        self.tests = list(tests)
        self.slots = slots
        self.where = where

    @classmethod
    def load(cls, path: str | Path, where: str | None = None) -> Self:
        """Read a suite.

        Parameters
        ----------
        path : a YAML file.
        where : what errors call it; default, its name.

        Raises
        ------
        ConfigError : with every problem of the file.
        """
        path, where = Path(path), where or Path(path).name
        if not path.is_file():
            raise ConfigError("there is no such file", where=where, hint="write it, or unset it")
        found = load_file(path, where, _File)
        suite = cls(found.tests, found.slots, where)
        problems = [problem for at in range(len(suite.tests)) for problem in suite._problems(at)]
        problems += suite._doubles()
        if problems:
            raise ConfigError(problems=problems)
        return suite

    def check(self, classes: Sequence[Any]) -> None:
        """Raise ConfigError, with every problem, where a test names a label that is no class."""
        known = [str(name) for name in classes]
        problems = [
            Problem(
                f"'{value}' is no label", f"{self._place(at)}.{key}", did_you_mean(value, known)
            )
            for at, test in enumerate(self.tests)
            for key, value in (("expect", test.expect), ("label", test.label))
            if value is not None and value not in known
        ]
        if problems:
            raise ConfigError(problems=problems)

    def texts(self, test: BehaviourTest, seed: int = 0) -> list[str]:
        """Return a test's own texts, its templates expanded."""
        made = [text for item in test.templates for text in expand(item, self.slots, seed)]
        return list(dict.fromkeys([*test.texts, *made]))

    def _place(self, at: int) -> str:
        return f"{self.where}, tests[{at}]"

    def _doubles(self) -> Iterator[Problem]:
        names = [test.name for test in self.tests]
        for at, name in enumerate(names):
            if name in names[:at]:
                yield Problem("is there already", f"{self._place(at)}.name", "name each once")

    def _problems(self, at: int) -> Iterator[Problem]:
        test, place = self.tests[at], self._place(at)
        yield from _key_problems(test, place)
        for number, template in enumerate(test.templates):
            yield from template_problems(template, self.slots, f"{place}.templates[{number}]")
        if test.type == "minimum_functionality" and not test.own_texts:
            yield Problem("there is nothing to test", place, "add texts or templates")
        if isinstance(test.edit, str) and test.edit not in PERTURBATIONS:
            hint = did_you_mean(test.edit, PERTURBATIONS)
            yield Problem(f"there is no edit '{test.edit}'", f"{place}.edit", hint)
        if isinstance(test.edit, Edit) and test.edit.count != 1:
            yield Problem("wants exactly one key", f"{place}.edit", "append, prepend or replace")


_KEYS: dict[str, tuple[str, ...]] = {
    "minimum_functionality": ("expect",),
    "invariance": ("edit",),
    "directional": ("edit", "label", "must"),
}


def _key_problems(test: BehaviourTest, place: str) -> Iterator[Problem]:
    for key in ("expect", "edit", "label", "must"):
        given, wanted = getattr(test, key) is not None, key in _KEYS[test.type]
        if wanted and not given:
            yield Problem("is missing", f"{place}.{key}", f"a test of type {test.type} needs it")
        if given and not wanted:
            yield Problem("does nothing", f"{place}.{key}", f"not for a test of type {test.type}")
