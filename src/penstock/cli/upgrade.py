"""`penstock upgrade`."""

from __future__ import annotations

from typing import Annotated, Any

import typer
from rich.text import Text

from penstock.cli.output import Json, State, command, result, say
from penstock.cli.project import current_project

__all__ = ["add_to"]

COLOURS = {"+": "green", "-": "red", "@": "cyan"}


def add_to(app: typer.Typer) -> None:
    """Register the command."""
    app.command("upgrade", epilog="Example: penstock upgrade --plan")(upgrade)


@command
def upgrade(
    plan: Annotated[bool, typer.Option("--plan", help="Show the changes; write nothing.")] = False,
    as_json: Json = False,
) -> Any:
    """Rewrite the project's files as this Penstock has them, and show what changes."""
    project = current_project()
    from penstock.stages.upgrade import plan_upgrade

    done = plan_upgrade(project)
    for change in done.changes:
        _show(change.diff())
    if not plan:
        done.write()
    files = ", ".join(change.name for change in done.changes)
    if files:
        say(("to rewrite" if plan else "rewritten", "green"), f" {files}")
    else:
        say("nothing to do: the files are as this Penstock has them")
    for target in done.kept:
        say(f"  deploy/{target}.yaml keeps filters of its own, and gets releases of its own")
    return {
        "changes": [{"file": c.name, "diff": c.diff()} for c in done.changes],
        "kept": done.kept,
        "written": not plan,
    }


def _show(diff: str) -> None:
    if State.json:
        return
    for line in diff.splitlines():
        result.print(Text(line, style=COLOURS.get(line[:1], "")), soft_wrap=True)
