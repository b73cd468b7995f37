"""`penstock publish`, `consume` and `artifacts list | show`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer

from penstock.cli.output import Json, command, note, say, table
from penstock.cli.project import current_project

__all__ = ["add_to"]


def add_to(app: typer.Typer) -> None:
    """Register the commands."""
    app.command("publish", epilog="Example: penstock publish dataset:replies data")(publish)
    app.command("consume", epilog="Example: penstock consume dataset:replies@1 --to copy")(consume)
    group = typer.Typer(help="Look at published artifacts.", no_args_is_help=True)
    group.command("list", epilog="Example: penstock artifacts list --kind dataset")(list_)
    group.command("show", epilog="Example: penstock artifacts show dataset:replies@1")(show)
    app.add_typer(group, name="artifacts")


@command
def publish(
    reference: Annotated[str, typer.Argument(help="kind:name, such as dataset:replies.")],
    path: Annotated[Path, typer.Argument(help="A file or folder.")],
    as_json: Json = False,
) -> Any:
    """Put a file or folder into the store as the next version."""
    from penstock.stages.publish import publish as run

    notes: list[str] = []
    artifact = run(current_project(), reference, path, notes.append)
    for text in notes:
        note(text)
    say(("published", "green"), f" {artifact.reference} {artifact.digest}")
    return {
        "reference": str(artifact.reference),
        "digest": artifact.digest,
        "created": artifact.created_now,
        "notes": notes,
    }


@command
def consume(
    reference: Annotated[str, typer.Argument(help="kind:name@version or kind:name@alias.")],
    to: Annotated[Path | None, typer.Option(help="A new folder; default, the cache.")] = None,
    as_json: Json = False,
) -> Any:
    """Get a verified local copy of an artifact."""
    artifact = current_project().store.consume(reference, to)
    say(("consumed", "green"), f" {artifact.reference} {artifact.digest}")
    say(f"  {artifact.path}")
    return {
        "reference": str(artifact.reference),
        "digest": artifact.digest,
        "path": str(artifact.path),
    }


@command
def list_(
    kind: Annotated[str | None, typer.Option(help="Such as dataset or report.")] = None,
    as_json: Json = False,
) -> Any:
    """List published artifacts."""
    found = current_project().store.list(kind)
    table(
        None,
        ("artifact", "created", "files", "digest"),
        ((a.reference, a.record.created[:19], len(a.record.files), a.digest[:19]) for a in found),
    )
    return [{"reference": str(a.reference), "digest": a.digest} for a in found]


@command
def show(
    reference: Annotated[str, typer.Argument(help="kind:name@version or kind:name@alias.")],
    as_json: Json = False,
) -> Any:
    """Show an artifact's files, producer and what it was made from."""
    artifact = current_project().store.show(reference)
    record = artifact.record
    say((str(artifact.reference), "bold"), f" {artifact.digest}")
    say(f"created {record.created}")
    for key, value in sorted(record.producer.items()):
        if value is not None:
            say(f"  {key} {value}")
    for consumed in record.consumed:
        say(f"  from {consumed}")
    table(
        None, ("file", "bytes", "sha256"), ((f.path, f.size, f.sha256[:12]) for f in record.files)
    )
    return msgspec.to_builtins(record)
