"""`penstock filters list | show`: what a pipeline can be made of."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from penstock.cli.output import Json, Part, command, say, table
from penstock.cli.project import project_folder
from penstock.errors import ConfigError
from penstock.filters import registry
from penstock.filters.describe import Description, describe, described_type, shown_default
from penstock.filters.expressions import FUNCTIONS, NAMES
from penstock.filters.parameters import declared

__all__ = ["add_to"]


def add_to(app: typer.Typer) -> None:
    """Register the group."""
    group = typer.Typer(help="The filters of `wrap:` in penstock.yaml.", no_args_is_help=True)
    group.command("list", epilog="Example: penstock filters list")(list_)
    group.command("show", epilog="Example: penstock filters show suppress_below")(show)
    app.add_typer(group, name="filters")


@command
def list_(as_json: Json = False) -> Any:
    """List the filters there are: Penstock's, those of installed packages and the project's."""
    _activate()
    found = [_summary(name) for name in registry.names()]
    rows = [
        (item["name"], " and ".join(item["sides"]), _short(item), item["package"]) for item in found
    ]
    table(None, ("filter", "scoring", "what it does", "package"), rows)
    return found


@command
def show(
    name: Annotated[str, typer.Argument(help="Of the filter.")],
    as_json: Json = False,
) -> Any:
    """Show what a filter does, its parameters and how it is written."""
    _activate()
    cls = registry.get(name, "NAME")
    found = describe(cls)
    rows = [
        {
            "name": parameter.name,
            "type": described_type(parameter),
            "default": shown_default(parameter),
            "meaning": found.parameters.get(parameter.name, ""),
        }
        for parameter in declared(cls)
    ]
    item = {**_summary(cls.name), "parameters": rows, "example": found.example}  # type: ignore[attr-defined]
    _print(item, found)
    return item


def _activate() -> None:
    """Make the filters of the project known, where there is a project."""
    if (project_folder() / "penstock.yaml").is_file():
        from penstock.cli.project import current_project
        from penstock.stages.private import activate

        activate(current_project())


def _summary(name: str) -> dict[str, Any]:
    package = registry.package(name)
    try:
        cls = registry.get(name)
    except ConfigError as error:
        return {"name": name, "sides": [], "package": package, "problem": str(error)}
    sides = [side for side in ("before", "after") if hasattr(cls, side)]
    return {"name": name, "sides": sides, "package": package, "summary": describe(cls).summary}


def _short(item: dict[str, Any]) -> Part:
    return (item["problem"], "red") if "problem" in item else str(item["summary"])


def _print(item: dict[str, Any], found: Description) -> None:
    side = item["sides"][0]
    package = f" of {item['package']}" if item["package"] else ""
    say((item["name"], "bold"), f"{package}, {' and '.join(item['sides'])} scoring")
    say(found.summary)
    if found.details:
        say("")
        say(found.details)
    rows = [
        (row["name"], row["type"], row["default"], row["meaning"]) for row in item["parameters"]
    ]
    if rows:
        say("")
        table(None, ("parameter", "type", "default", "meaning"), rows)
    if item["name"] == "rules":
        _print_language()
    say("")
    say((f"{side}:", "dim"))
    for line in found.example.splitlines():
        say((f"  {line}", "dim"))


def _print_language() -> None:
    say("")
    rows = [(name, str(fact.kind), fact.meaning) for name, fact in NAMES.items()]
    table(None, ("in a condition", "is", "meaning"), rows)
    say("")
    table(None, ("function", ""), [(n, f.meaning) for n, f in FUNCTIONS.items()])
