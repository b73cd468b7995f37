"""The exception tree and what its messages say."""

import pytest

from penstock import errors
from penstock.errors import (
    ConfigError,
    InputError,
    IntegrityError,
    PenstockError,
    Problem,
    did_you_mean,
)


def tree(kind: type[PenstockError]) -> list[type[PenstockError]]:
    return [kind, *(found for child in kind.__subclasses__() for found in tree(child))]


def own() -> list[type[PenstockError]]:
    return [kind for kind in tree(PenstockError) if kind.__module__ == "penstock.errors"]


def test_every_error_is_exported_and_drawn_in_the_docstring() -> None:
    for kind in own():
        assert kind.__name__ in errors.__all__
        assert kind.__name__ in (errors.__doc__ or "")


@pytest.mark.parametrize("kind", own())
def test_every_error_has_an_exit_code_a_shell_can_see(kind: type[PenstockError]) -> None:
    assert 1 <= kind.exit_code <= 5
    assert kind.code


def test_a_message_says_where_what_and_what_to_do() -> None:
    error = ConfigError("60 is above 50", where="deploy/x.yaml, percent", hint="use 50 or less")
    assert str(error) == "deploy/x.yaml, percent: 60 is above 50; use 50 or less"


def test_several_problems_are_one_error() -> None:
    error = ConfigError(problems=[Problem("a"), Problem("b", "file", "mend it")])
    assert str(error) == "a\nfile: b; mend it"


@pytest.mark.parametrize(
    ("name", "known", "expected"),
    [
        ("treshold", ["threshold", "top_k"], "did you mean 'threshold'?"),
        ("zebra", ["b", "a"], "known: a, b"),
        ("zebra", [], "there are none"),
    ],
)
def test_did_you_mean(name: str, known: list[str], expected: str) -> None:
    assert did_you_mean(name, known) == expected


def test_wrong_input_is_a_value_error_as_scikit_learn_expects() -> None:
    assert issubclass(InputError, ValueError)
    assert not issubclass(IntegrityError, ValueError)
