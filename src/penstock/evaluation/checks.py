"""Run behavioural tests on a model: every text of every test in one call."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from penstock.evaluation.behaviour import Behaviour, BehaviourTest
from penstock.evaluation.perturbations import PERTURBATIONS
from penstock.evaluation.predictions import Model

__all__ = ["BehaviourFailure", "BehaviourResult", "run"]

_HELD_OUT = 200
"""Texts of the report that a test without texts of its own runs on."""

_SHOWN = 5
_TOLERANCE = 0.01
"""A score that moves less than this the wrong way has not moved."""

_LONGEST = 240


@dataclass(frozen=True, slots=True)
class BehaviourFailure:
    """One text that failed, what it was edited to, and what the model said."""

    text: str
    edited: str | None
    expected: str
    found: str


@dataclass(frozen=True, slots=True)
class BehaviourResult:
    """How a test went.

    Attributes
    ----------
    name, type, required, max_failure_rate : of the test.
    n_samples, failures : texts it ran on, and those that failed.
    examples : up to five failures.
    """

    name: str
    type: str
    required: bool
    max_failure_rate: float
    n_samples: int
    failures: int
    examples: list[BehaviourFailure]

    @property
    def tested(self) -> bool:
        """Whether there was a text to test: the edit may change none, or there was none."""
        return self.n_samples > 0

    @property
    def failure_rate(self) -> float:
        """Share of texts that failed; NaN where none was tested."""
        return self.failures / self.n_samples if self.tested else float("nan")

    @property
    def passed(self) -> bool:
        """Whether texts were tested, and no more failed than may."""
        return self.tested and self.failure_rate <= self.max_failure_rate

    @property
    def failed(self) -> bool:
        """Whether texts were tested, and more failed than may."""
        return self.tested and not self.passed

    @property
    def remedy(self) -> str:
        """What to do about a test without a text."""
        if self.type == "minimum_functionality":
            return "give the slots of its templates values"
        return "give it `texts` that its edit changes"


@dataclass(frozen=True, slots=True)
class _Case:
    text: str
    edited: str | None


def run(
    suite: Behaviour, model: Model, held_out: Sequence[str] = (), seed: int = 0
) -> list[BehaviourResult]:
    """Run every test of a suite.

    Parameters
    ----------
    held_out : texts for the tests that bring none; up to 200 are drawn by the seed.

    Raises
    ------
    ConfigError : a test names a label that the model does not have.
    """
    suite.check(model.classes)
    cases = [_cases(suite, test, held_out, seed) for test in suite.tests]
    texts = [text for part in cases for case in part for text in _texts(case)]
    scores = iter(np.split(model.scores(texts), np.cumsum([_size(part) for part in cases])[:-1]))
    return [
        _judge(test, part, next(scores), model)
        for test, part in zip(suite.tests, cases, strict=True)
    ]


def _cases(
    suite: Behaviour, test: BehaviourTest, held_out: Sequence[str], seed: int
) -> list[_Case]:
    rng = random.Random(seed)  # noqa: S311 - no secret
    texts = suite.texts(test, seed)
    if not test.own_texts:
        texts = rng.sample(list(held_out), min(_HELD_OUT, len(held_out)))
    if test.edit is None:
        return [_Case(text, None) for text in texts]
    edited = [_edited(test, text, rng) for text in texts]
    # A text that the edit leaves as it is says nothing.
    return [_Case(a, b) for a, b in zip(texts, edited, strict=True) if a != b]


def _edited(test: BehaviourTest, text: str, rng: random.Random) -> str:
    if isinstance(test.edit, str):
        return PERTURBATIONS[test.edit](text, rng)
    return text if test.edit is None else test.edit(text)


def _texts(case: _Case) -> list[str]:
    return [case.text] if case.edited is None else [case.text, case.edited]


def _size(part: list[_Case]) -> int:
    return sum(len(_texts(case)) for case in part)


def _judge(
    test: BehaviourTest, cases: list[_Case], scores: NDArray[np.float64], model: Model
) -> BehaviourResult:
    step = 1 if test.edit is None else 2
    wrong = [
        failure
        for at, case in enumerate(cases)
        if (failure := _failure(test, case, scores[at * step : (at + 1) * step], model))
    ]
    return BehaviourResult(
        test.name,
        test.type,
        test.required,
        test.max_failure_rate,
        len(cases),
        len(wrong),
        wrong[:_SHOWN],
    )


def _failure(
    test: BehaviourTest, case: _Case, scores: NDArray[np.float64], model: Model
) -> BehaviourFailure | None:
    """Return what went wrong with one text, or None. `scores` has a row for each of its forms."""
    names = [model.named(row) for row in model.found(scores)]
    if test.type == "minimum_functionality":
        ok = test.expect in names[0]
        return None if ok else _failed(case, str(test.expect), _said(names[0]))
    if test.type == "invariance":
        return None if names[0] == names[1] else _failed(case, _said(names[0]), _said(names[1]))
    column = [str(name) for name in model.classes].index(str(test.label))
    before, after = (float(value) for value in scores[:, column])
    moved = after - before if test.must == "rise" else before - after
    if moved >= -_TOLERANCE:
        return None
    return _failed(case, f"{test.label} to {test.must} from {before:.2f}", f"{after:.2f}")


def _failed(case: _Case, expected: str, found: str) -> BehaviourFailure:
    edited = None if case.edited is None else shorten(case.edited)
    return BehaviourFailure(shorten(case.text), edited, expected, found)


def _said(names: list[str]) -> str:
    return ", ".join(names) or "none"


def shorten(text: str) -> str:
    """Return a text on one line, its middle left out where it is long."""
    line = " ".join(text.split())
    return line if len(line) <= _LONGEST else f"{line[:160]} … {line[-75:]}"
