"""`penstock compare`."""

from __future__ import annotations

import json
import sys
import time
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.text import Text

from penstock.cli.output import Doing, Json, State, command, console, problems, say, table
from penstock.cli.project import current_project
from penstock.errors import InputError, Problem, StageError

if TYPE_CHECKING:
    from penstock.stages.compare import Compared

__all__ = ["add_to"]


def add_to(app: typer.Typer) -> None:
    """Register the command."""
    app.command("compare", epilog="Example: penstock compare --share 0.3")(compare)


@command
def compare(
    dataset: Annotated[str | None, typer.Option(help="Such as dataset:replies@2.")] = None,
    seed: Annotated[float, typer.Option(help="Of the split and the candidates.")] = 0,
    share: Annotated[float, typer.Option(help="Of the train split that judges.")] = 0.2,
    fresh: Annotated[bool, typer.Option("--fresh", help="Repeat what ran before.")] = False,
    as_json: Json = False,
) -> Any:
    """Rank the candidates of penstock.yaml on one validation split; the test split stays unread.

    Exit code 4: a candidate failed; the others are on the board.
    """
    project = current_project()
    if seed < 0 or not float(seed).is_integer():
        raise InputError(f"{seed} is no whole number from 0 up", where="--seed")
    from penstock.stages.compare import compare as run

    with Doing("reading the texts") as shown:
        teller = _Teller(shown, [candidate.name for candidate in project.config.compare])
        done = run(project, dataset, int(seed), share, fresh, teller)
    _show(done)
    value = {**done.board.to_dict(), "run_id": done.run_id, "train": done.winner}
    if done.board.failures:
        _fail(done, value)
    return value


class _Teller:
    """Says what a candidate is at, and how long it took."""

    def __init__(self, shown: Doing, names: list[str]) -> None:
        self.shown, self.names = shown, names
        self.started: dict[str, float] = {}

    def __call__(self, name: str, doing: str) -> None:
        started = self.started.setdefault(name, time.monotonic())
        place = f"{self.names.index(name) + 1} of {len(self.names)}  {name}"
        if doing in ("done", "failed", "reused") and not State.json:
            took = "" if doing == "reused" else f" in {time.monotonic() - started:.1f} s"
            console.print(Text(f"{place}: {doing}{took}", "dim"))
        else:
            self.shown.tell(f"{place}: {doing}")


def _show(done: Compared) -> None:
    from penstock.experiments.pages import COLUMNS, cells

    board = done.board
    say(
        ("compared", "green"),
        f" on {board.dataset}: {board.train_texts} texts to learn, "
        f"{board.texts} to answer; intervals hold 95 %",
    )
    rows = [cells(entry) for entry in board.entries]
    rows += [(failed.name, "failed", *[""] * (len(COLUMNS) - 2)) for failed in board.failures]
    table(None, COLUMNS, rows)
    for text in [board.verdict(), *board.notes()]:
        say(text)
    if done.winner:
        say("for penstock.yaml:")
        say(done.winner.rstrip())
    say((f"run {done.run_id}, artifact leaderboard/leaderboard.html", "dim"))


def _fail(done: Compared, value: dict[str, Any]) -> None:
    """Say why candidates failed; the board is the answer all the same."""
    if State.json:
        sys.stdout.write(json.dumps(value, indent=2) + "\n")
    else:
        found = [Problem(failed.reason, failed.name) for failed in done.board.failures]
        problems(StageError(problems=found))
    raise typer.Exit(StageError.exit_code)
