"""`penstock filters`, with a package of somebody else's filters installed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from penstock.cli.app import app
from penstock.filters import registry

SHOUT = '''
from typing import Annotated, ClassVar
from msgspec import Meta
from penstock.filters import Parameters, Record

class Shout(Parameters, frozen=True):
    """Writes [loud] letters.

    Parameters
    ----------
    times : exclamation marks; default 1.
    """

    name: ClassVar[str] = "shout"
    times: Annotated[int, Meta(ge=0, le=3)] = 1

    def before(self, records):
        return [r.replace(text=r.text.upper() + "!" * self.times) for r in records]
'''


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Two packages as pip leaves them: a good one, and one that cannot be imported."""
    (tmp_path / "shouting.py").write_text(SHOUT)
    for name, points in {
        "shouting": "shout = shouting:Shout",
        "broken": "bad = nowhere:Bad",
    }.items():
        info = tmp_path / f"{name}-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        (info / "entry_points.txt").write_text(f"[penstock.filters]\n{points}\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("PENSTOCK_PROJECT", raising=False)
    registry._installed.cache_clear()
    yield
    registry._installed.cache_clear()


def call(*arguments: str, code: int = 0) -> str:
    done = CliRunner().invoke(app, ["filters", *arguments])
    assert done.exit_code == code, done.output
    return done.output


def spoken(*arguments: str, code: int = 0) -> Any:
    return json.loads(call(*arguments, "--json", code=code))


def test_list_has_every_filter_and_says_which_package_is_broken(installed: None) -> None:
    found = {item["name"]: item for item in spoken("list")}
    assert list(found)[: len(registry.BUILT_IN)] == list(registry.BUILT_IN)
    assert found["cache"]["sides"] == ["before", "after"]
    assert found["shout"] == {
        "name": "shout",
        "sides": ["before"],
        "package": "shouting",
        "summary": "Writes [loud] letters.",
    }
    assert "ModuleNotFoundError" in found["bad"]["problem"]
    shown = call("list")
    assert "Writes [loud] letters." in shown
    assert "ModuleNotFoundError" in shown


def test_a_row_of_the_list_stands_under_its_heads(installed: None) -> None:
    head, *rows = call("list").splitlines()
    assert head.split() == ["filter", "scoring", "what", "it", "does", "package"]
    row = next(row for row in rows if row.startswith("top_k"))
    assert row[head.index("package") :].split() == ["penstock"]


def test_show_has_parameters_and_an_example(installed: None) -> None:
    assert spoken("show", "shout")["parameters"] == [
        {
            "name": "times",
            "type": "whole number from 0 to 3",
            "default": "1",
            "meaning": "exclamation marks",
        }
    ]
    shown = call("show", "shout")
    assert "shout of shouting, before scoring" in shown
    assert "  - filter: shout\n    times: 1\n" in shown


@pytest.mark.parametrize("name", registry.BUILT_IN)
def test_every_built_in_filter_can_be_shown(name: str, installed: None) -> None:
    assert f"- filter: {name}" in call("show", name)


def test_the_language_of_rules_is_shown(installed: None) -> None:
    shown = call("show", "rules")
    assert "out_of_scope_score" in shown
    assert "contains(text" in shown


def test_a_former_name_leads_to_the_new_one(installed: None) -> None:
    assert spoken("show", "refuse_oversize")["name"] == "limit_size"


@pytest.mark.parametrize(
    ("name", "says"),
    [("shuot", "unknown filter 'shuot'"), ("bad", "cannot be imported from nowhere:Bad")],
)
def test_what_is_not_there_is_told(name: str, says: str, installed: None) -> None:
    (problem,) = spoken("show", name, code=2)["error"]["problems"]
    assert problem["where"] == "NAME"
    assert says in problem["what"]
