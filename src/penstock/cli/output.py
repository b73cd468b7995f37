"""How commands speak: rich for people, one JSON document for machines, kind errors for both.

Words are printed as they are: `[/stop]` and `ask:fire:now` are labels, no markup and no emoji.
What has a style is a part of its own: ``say(("trained", "green"), " model:intent@1")``.
"""

from __future__ import annotations

import functools
import json
import os
import sys
from collections.abc import Callable, Iterable
from typing import Annotated, Any, ParamSpec, TypeAlias

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from penstock.errors import PenstockError

__all__ = ["Doing", "Json", "Part", "command", "console", "note", "problems", "say", "table"]

Json = Annotated[bool, typer.Option("--json", help="Print one JSON document and nothing else.")]
P = ParamSpec("P")

Part: TypeAlias = str | Text | tuple[str, str]
"""Words as they are, or with a style: ``("trained", "green")``."""

# Words go to stderr, so that stdout is only ever the result.
console = Console(stderr=True, highlight=False, markup=False, emoji=False)
result = Console(highlight=False, markup=False, emoji=False)


class State:
    """Whether this invocation speaks JSON; set by `command`."""

    json = False


def command(function: Callable[P, Any]) -> Callable[P, None]:
    """Make a function a command: print what it returns under `--json`, explain its errors.

    The function returns a JSON-serialisable value and prints for people through `say` and
    `table`, which are quiet under `--json`.
    """

    @functools.wraps(function)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        State.json = bool(kwargs.get("as_json"))
        try:
            value = function(*args, **kwargs)
        except PenstockError as error:
            problems(error)
            raise typer.Exit(error.exit_code) from None
        except KeyboardInterrupt:
            console.print("stopped")
            raise typer.Exit(130) from None
        except typer.Exit:
            raise
        except Exception as error:
            # Whatever it is, a user gets a sentence; the traceback is for whoever mends it.
            if os.environ.get("PENSTOCK_TRACEBACK"):
                raise
            problems(_unexpected(error))
            raise typer.Exit(1) from None
        if State.json:
            sys.stdout.write(json.dumps(value, indent=2, default=str) + "\n")

    return run


def _unexpected(error: Exception) -> PenstockError:
    return PenstockError(
        f"unexpected {type(error).__name__}: {error}",
        hint="this is a bug in Penstock; PENSTOCK_TRACEBACK=1 shows where",
    )


def problems(error: PenstockError) -> None:
    """Print every problem of an error: as text to stderr, or as JSON to stdout."""
    if State.json:
        found = [{"where": p.where, "what": p.what, "hint": p.hint} for p in error.problems]
        sys.stdout.write(json.dumps({"error": {"code": error.code, "problems": found}}) + "\n")
        return
    for problem in error.problems:
        console.print(Text.assemble(("error", "bold red"), " ", str(problem)), soft_wrap=True)


def say(*parts: Part) -> None:
    """Print a line for people."""
    if not State.json:
        result.print(Text.assemble(*parts), soft_wrap=True)


def note(text: str | None) -> None:
    """Tell people what they may not expect, on stderr: under `--json` too."""
    if text:
        console.print(Text.assemble(("note", "yellow"), " ", text), soft_wrap=True)


def table(title: str | None, columns: Iterable[str], rows: Iterable[Iterable[object]]) -> None:
    """Print a table for people; a cell is a `Part`, or anything else as `str` writes it."""
    if State.json:
        return
    shown = Table(title=title, title_justify="left", header_style="bold", box=None, pad_edge=False)
    for column in columns:
        shown.add_column(column, overflow="fold")
    for row in rows:
        shown.add_row(*(_cell(cell) for cell in row))
    result.print(shown)


def _cell(cell: object) -> Text:
    return Text.assemble(cell if isinstance(cell, Text | tuple) else str(cell))


class Doing:
    """What a command is at, beside a spinner on stderr, while it is entered."""

    def __init__(self, text: str = "") -> None:
        # A status takes a bare string for markup, whatever its console says.
        self._status = console.status(Text(f"{text} ..."), spinner="dots")

    def __enter__(self) -> Doing:
        self._status.start()
        return self

    def __exit__(self, *error: object) -> None:
        self.stop()

    def tell(self, text: str) -> None:
        """Show the text, also where it is not entered; `stop` ends that."""
        self._status.update(Text(f"{text} ..."))
        self._status.start()

    def stop(self) -> None:
        """Take the line away."""
        self._status.stop()
