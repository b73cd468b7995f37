"""The root command and its groups."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from penstock import __version__
from penstock.cli import (
    artifacts,
    compare,
    demo,
    filters,
    init,
    local,
    releases,
    score,
    stages,
    thresholds,
    upgrade,
)
from penstock.loopback import spare_loopback

__all__ = ["app"]

EPILOG = (
    "Exit codes: 0 done; 1 unexpected failure; 2 wrong input; 3 bytes that are not what their "
    "digest says; 4 a stage's result is not good enough; 5 a deployment did not come in service."
)

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    epilog=EPILOG,
)


@app.callback()
def root(
    version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False,
    project: Annotated[
        Path | None, typer.Option("-C", "--project", help="The project's folder; default, here.")
    ] = None,
) -> None:
    """Continuous delivery for transformer text classifiers."""
    spare_loopback()
    if version:
        typer.echo(__version__)
        raise typer.Exit
    if project:
        os.environ["PENSTOCK_PROJECT"] = str(project)


init.add_to(app)
artifacts.add_to(app)
stages.add_to(app)
releases.add_to(app)
compare.add_to(app)
filters.add_to(app)
thresholds.add_to(app)
score.add_to(app)
local.add_to(app)
upgrade.add_to(app)
demo.add_to(app)
