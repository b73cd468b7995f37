"""The contract suite finds what is broken, and every built-in filter passes it."""

from __future__ import annotations

import threading
from typing import Any, ClassVar

import pytest

from penstock.filters import Parameters, Record, registry
from penstock.testing import check_filter

REQUIRED: dict[str, dict[str, Any]] = {
    "map_labels": {"labels": {"yes": "go"}},
    "rules": {"rules": ({"when": 'word(text, "call")', "label": "no", "annotate": {"n": 1}},)},
    "top_k": {"k": 1},
    "suppress_out_of_scope": {"threshold": 0.2},
    "require_fields": {"headers": ("subject",), "fields": ("channel",)},
    "require_language": {"languages": ("en",)},
    "limit_size": {"max_characters": 10, "action": "truncate"},
}


def parameters(cls: type) -> dict[str, Any]:
    from penstock.filters.built_in.rules import Rule

    given = dict(REQUIRED.get(cls.name, {}))
    if "rules" in given:
        given["rules"] = tuple(Rule(**rule) for rule in given["rules"])
    return given


@pytest.mark.parametrize("name", registry.BUILT_IN)
def test_every_built_in_filter_keeps_the_contract(name: str) -> None:
    cls = registry.get(name)
    assert cls.name == name
    check_filter(cls, imports=False, **parameters(cls))


class Good(Parameters, frozen=True):
    """Does nothing."""

    name: ClassVar[str] = "good"

    def before(self, records: list[Record]) -> list[Record]:
        return records


class Unnamed(Good, frozen=True):
    """Has a bad name."""

    name: ClassVar[str] = "Bad Name"


class Undescribed(Good, frozen=True):
    """Has a parameter that nobody explains."""

    size: int = 1


class NoSide:
    """Works nowhere."""

    name = "no_side"


class Loses(Good, frozen=True):
    """Loses a record."""

    def before(self, records: list[Record]) -> list[Record]:
        return records[1:]


class Shuffles(Good, frozen=True):
    """Turns the batch round."""

    def before(self, records: list[Record]) -> list[Record]:
        return records[::-1]


class Picky(Good, frozen=True):
    """Cannot stand an empty text."""

    def before(self, records: list[Record]) -> list[Record]:
        return [record.replace(text=record.text[0] + record.text[1:]) for record in records]


class Greedy(Good, frozen=True):
    """Wants a batch that is not empty."""

    def before(self, records: list[Record]) -> list[Record]:
        return records or [Record("nothing came")]


class Changes(Good, frozen=True):
    """Writes into what it is given."""

    def before(self, records: list[Record]) -> list[Record]:
        for record in records:
            record.notes["seen"] = True  # type: ignore[index]
        return records


class Silent(Good, frozen=True):
    """Drops records without a word."""

    def before(self, records: list[Record]) -> list[Record]:
        return [record.replace(status="not_scored") for record in records]


class Generous(Good, frozen=True):
    """Gives a label to whatever has none."""

    def after(self, records: list[Record]) -> list[Record]:
        return [
            r.replace(status="scored", label="x", decided_by="me", reason="so") for r in records
        ]


class Unwritable(Good, frozen=True):
    """Adds what JSON cannot carry."""

    def after(self, records: list[Record]) -> list[Record]:
        return [record.replace(annotations={"x": object()}) for record in records]


class Counting(Good, frozen=True, dict=True):
    """Remembers how often it was called."""

    def after(self, records: list[Record]) -> list[Record]:
        self.__dict__["n"] = self.__dict__.get("n", 0) + 1
        return [record.replace(annotations={"n": self.__dict__["n"]}) for record in records]


class Locked:
    """Holds what cannot be copied."""

    name = "locked"

    def __init__(self) -> None:
        self.lock = threading.Lock()

    def before(self, records: list[Record]) -> list[Record]:
        return records


BROKEN: list[tuple[type, str]] = [
    (Unnamed, "name is 'Bad Name'"),
    (Undescribed, "parameter size is not described"),
    (NoSide, "neither `before` nor `after`"),
    (Loses, "before: 23 items for 24 records"),
    (Shuffles, "record 0 of a batch is answered otherwise than alone"),
    (Picky, "before: raises IndexError"),
    (Greedy, "an empty batch does not stay empty"),
    (Changes, "changes what it is given"),
    (Silent, "sets status not_scored without decided_by or reason"),
    (Generous, "gives a label to a record that has none"),
    (Unwritable, "cannot be written as JSON"),
    (Counting, "answers otherwise when threads share it"),
    (Locked, "cannot be copied"),
]


@pytest.mark.parametrize(("cls", "problem"), BROKEN, ids=lambda value: getattr(value, "name", None))
def test_what_is_broken_is_found(cls: type, problem: str) -> None:
    with pytest.raises(AssertionError, match="is no good filter") as caught:
        check_filter(cls, imports=False)
    assert problem in str(caught.value)


def test_a_good_one_passes() -> None:
    check_filter(Good, imports=False)


def test_a_wrong_parameter_is_named() -> None:
    with pytest.raises(AssertionError, match=r"parameters\.sze: unknown parameter 'sze'"):
        check_filter(registry.get("top_k"), imports=False, sze=1)


def test_a_heavy_import_is_found(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "heavy_filter.py").write_text(
        "import pandas\n"
        "class Heavy:\n"
        "    'Uses a data frame.'\n"
        "    name = 'heavy'\n"
        "    def before(self, records):\n"
        "        return records\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    from heavy_filter import Heavy

    with pytest.raises(AssertionError, match="imports pandas"):
        check_filter(Heavy)
