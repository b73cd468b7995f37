"""`penstock init`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from penstock.cli.output import Json, command, note, say, table

__all__ = ["add_to"]

FILE = "Labelled text: .csv, .tsv, .jsonl or .parquet, with named columns."


def add_to(app: typer.Typer) -> None:
    """Register the command."""
    app.command(
        "init",
        epilog="Example: penstock init tickets --data tickets.csv --text body --label queue",
    )(init)


@command
def init(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A new folder.")],
    data: Annotated[Path | None, typer.Option(help=FILE)] = None,
    text: Annotated[str, typer.Option(help="Its column of texts.")] = "text",
    label: Annotated[str, typer.Option(help="Its column of labels.")] = "label",
    test_data: Annotated[
        Path | None, typer.Option(help="Held-out texts; default, a fifth of --data.")
    ] = None,
    separator: Annotated[
        str | None,
        typer.Option(help="Of a CSV, such as ';' or tab; default, what its first line tells."),
    ] = None,
    name: Annotated[str | None, typer.Option(help="The model's name.")] = None,
    as_json: Json = False,
) -> Any:
    """Write a project that runs: without --data, with the showcase corpus of e-mail replies."""
    from penstock.stages.scaffold import scaffold

    done = scaffold(folder, data, text, label, test_data, name, separator)
    say(("wrote", "green"), f" {done.folder}: model {done.name}, dataset {done.dataset}")
    rows = [(label, done.train[label], done.test.get(label, 0)) for label in done.train]
    table(None, ("label", "train", "test"), rows)
    if done.repository.commit:
        say(f"  first commit {done.repository.commit}")
    for found in done.notes:
        note(found)
    say(f"next: cd {folder} && penstock publish dataset:{done.dataset} data && penstock train")
    return {
        "folder": str(done.folder),
        "model": done.name,
        "dataset": f"dataset:{done.dataset}",
        "train": done.train,
        "test": done.test,
        "commit": done.repository.commit,
        "notes": done.notes,
    }
