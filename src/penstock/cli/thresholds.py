"""`penstock thresholds`."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
import yaml

from penstock.cli.output import Doing, Json, Part, command, note, say, table
from penstock.cli.project import current_project
from penstock.errors import InputError

if TYPE_CHECKING:
    from penstock.evaluation.holdback import Threshold
    from penstock.stages.thresholds import Chosen

__all__ = ["add_to"]


def add_to(app: typer.Typer) -> None:
    """Register the command."""
    app.command("thresholds", epilog="Example: penstock thresholds --precision 0.95")(thresholds)


@command
def thresholds(
    precision: Annotated[float | None, typer.Option(help="Share of answers to be right.")] = None,
    coverage: Annotated[float | None, typer.Option(help="Share of texts to be answered.")] = None,
    data: Annotated[
        Path | None, typer.Option(help="A file of text and label; default, the test split.")
    ] = None,
    separator: Annotated[
        str | None,
        typer.Option(help="Of a CSV, such as ';' or tab; default, what its first line tells."),
    ] = None,
    version: Annotated[str, typer.Option(help="Of the trained model.")] = "latest",
    write: Annotated[
        bool, typer.Option("--write", help="Write the filter into the file that has `wrap:`.")
    ] = False,
    target: Annotated[
        str | None, typer.Option(help="Whose filters --write changes; default, the project's.")
    ] = None,
    as_json: Json = False,
) -> Any:
    """Choose the confidence from which each class is answered, as a filter."""
    if (precision is None) == (coverage is None):
        hint = "such as --precision 0.95"
        raise InputError("want one of --precision and --coverage", hint=hint)
    project = current_project()
    from penstock.stages.thresholds import thresholds as run
    from penstock.stages.thresholds import write as write_filter

    with Doing("scoring labelled texts"):
        done = run(project, version, data, precision, coverage, separator)
    _show(done)
    written = write_filter(project, done, target) if write else None
    _say_filter(done, written)
    return {
        "model": done.version.reference,
        "source": done.source,
        "texts": done.texts,
        "notes": done.notes,
        "filter": done.thresholds.to_filter(),
        "written": written,
        "classes": [_as_dict(item) for item in done.thresholds.classes],
        "common": _as_dict(done.thresholds.common),
        "overall": _as_dict(done.thresholds.overall),
    }


def _as_dict(item: Threshold) -> dict[str, Any]:
    return {**asdict(item), "coverage": item.coverage}


def _show(done: Chosen) -> None:
    found = done.thresholds
    say(
        ("chosen", "green"),
        f" for {done.version.reference} on {done.texts} texts: {done.source}",
    )
    for found_out in done.notes:
        note(found_out)
    rows = [_row(str(item.label), item) for item in found.classes]
    rows += [
        _row(("any other", "dim"), found.common),
        _row(("all together", "bold"), found.overall, ""),
    ]
    table(None, ("class", "threshold", "answered", "", "precision", "95 % interval", ""), rows)
    if done.held_out:
        later = "what `penstock test` says of it later is rosy;"
        say(("chosen on the test split", "yellow"), f": {later}")
        say("  --data names texts that are neither trained on nor tested on")


def _say_filter(done: Chosen, written: str | None) -> None:
    if written is not None:
        say(("written", "green"), f" into {written}, wrap.after; next: penstock wrap")
        return
    block = [done.thresholds.to_filter()]
    say("--write puts it into `after:` of `wrap:`; or copy it there, in place of the old one")
    say("")
    say(yaml.safe_dump(block, sort_keys=False, allow_unicode=True))


def _row(name: Part, item: Threshold, threshold: str | None = None) -> tuple[Part, ...]:
    return (
        name,
        f"{item.threshold:g}" if threshold is None else threshold,
        f"{item.answered} of {item.given}",
        f"{item.coverage:.0%}" if item.given else "",
        f"{item.precision.value:.3f}" if item.answered else "",
        f"{item.precision.low:.3f} to {item.precision.high:.3f}" if item.answered else "",
        "" if item.reached else ("not reached", "red"),
    )
