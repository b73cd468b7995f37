"""`docs/serving.md` tells of every setting, route, code and figure, and of no other."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from penstock.scoring import contract
from penstock.scoring.http.app import App
from penstock.scoring.process.settings import VARIABLES, Settings

PAGE = (Path(__file__).parents[4] / "docs/serving.md").read_text()
MODEL = {
    "PENSTOCK_MODEL_NAME",
    "PENSTOCK_MODEL_VERSION",
    "PENSTOCK_MODEL_DIGEST",
    "PENSTOCK_STAGE",
}


def section(name: str) -> str:
    (found,) = re.findall(rf"^## {name}\n(.*?)(?=^## |\Z)", PAGE, re.M | re.S)
    return str(found)


def rows(name: str) -> list[list[str]]:
    lines = [line for line in section(name).splitlines() if line.startswith("| ")]
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines[1:]]


def names(name: str) -> set[str]:
    return {found for row in rows(name) for found in re.findall(r"`([^`]+)`", row[0])}


def test_every_setting() -> None:
    assert names("Settings") == {*VARIABLES, *MODEL}


@pytest.mark.parametrize("variable", VARIABLES)
def test_the_defaults(variable: str) -> None:
    field, read = VARIABLES[variable]
    (row,) = [row for row in rows("Settings") if f"`{variable}`" in row[0]]
    (text,) = re.findall(r"`([^`]+)`", row[2]) or [None]
    assert (text and read(text)) == getattr(Settings(), field)


def test_every_route() -> None:
    app = App(lambda: None)  # type: ignore[arg-type,return-value]
    routes = {f"{method} {path}" for path, (method, _) in app._routes.items()}
    assert names("Routes") == routes


def test_every_figure_with_its_labels() -> None:
    app = App(lambda: None)  # type: ignore[arg-type,return-value]
    figures = {
        metric.name: set(getattr(metric, "_labels", ())) for metric in app._observers.figures._all
    }
    told = {row[0].strip("`"): set(re.findall(r"`(\w+)`", row[1])) for row in rows("Figures")}
    assert told == figures


def test_every_content_type() -> None:
    assert {*names("Requests")} >= set(contract.DECODERS)
    assert all(f"`{alias}`" in section("Requests") for alias in contract.ALIASES)


def test_every_code_of_an_error() -> None:
    source = Path(contract.__file__).parent
    code = "\n".join(path.read_text() for path in source.rglob("*.py"))
    raised = set(
        re.findall(r'(?:RequestError\(\s*\d+, |_refuse\(\d+, |code = |return 500, )"(\w+)"', code)
    )
    told = {found for row in rows("Errors") for found in re.findall(r"`(\w+)`", row[1])}
    assert told == raised
