"""`penstock score` and `penstock provenance`."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from penstock.artifacts.masking import mask_url
from penstock.cli.body import body_of
from penstock.cli.output import Json, command, note, say, table
from penstock.cli.project import current_project
from penstock.errors import InputError

if TYPE_CHECKING:
    from penstock.provenance.record import Provenance

__all__ = ["add_to", "print_provenance"]

FILE = "A .eml, .txt, .json, .jsonl, .csv, .tsv or .parquet."


def add_to(app: typer.Typer) -> None:
    """Register the commands."""
    app.command("score", epilog='Example: penstock score intent-production "Call me on Monday."')(
        score
    )
    app.command("provenance", epilog="Example: penstock provenance intent-production")(provenance)


@command
def score(
    endpoint: Annotated[str, typer.Argument(help="An endpoint of deploy/*.yaml.")],
    texts: Annotated[list[str] | None, typer.Argument(help="Texts to score.")] = None,
    file: Annotated[Path | None, typer.Option(help=FILE)] = None,
    separator: Annotated[str | None, typer.Option(help="Of a CSV, such as ';' or tab.")] = None,
    region: Annotated[str | None, typer.Option(help="Default, the target's first.")] = None,
    as_json: Json = False,
) -> Any:
    """Send texts or a file to an endpoint and print its answers."""
    from penstock.stages.cloud import connector
    from penstock.stages.trace import endpoint_target

    project = current_project()
    target = endpoint_target(project, endpoint)
    body, content_type = _request(texts or [], file, separator)
    facade = connector(project, target, note)(region or project.deploy(target).regions[0])
    answer = facade.invoke(endpoint, body, content_type).body
    rows = [
        (p["label"] or "-", f"{p['score']:.3f}" if p["score"] is not None else "-", p["status"],
         p["reason"] or "")
        for p in answer["predictions"]
    ]  # fmt: skip
    table(None, ("label", "score", "status", "reason"), rows)
    model = answer["model"]
    say(f"by {model['name']} version {model['version']} ({model['stage']}), {facade.region}")
    return answer


def _request(texts: list[str], file: Path | None, separator: str | None) -> tuple[bytes, str]:
    if bool(texts) == bool(file):
        raise InputError("give either texts or --file", where="penstock score")
    if file is None:
        return json.dumps({"inputs": texts}).encode(), "application/json"
    return body_of(file, f"--file {file}", separator)


@command
def provenance(
    name: Annotated[str, typer.Argument(help="An endpoint, or model:name@version.")],
    as_json: Json = False,
) -> Any:
    """Show what made the model behind an endpoint."""
    from penstock.stages.trace import trace

    project = current_project()
    return print_provenance(trace(project, name, note), project.tracking_uri)


def print_provenance(found: Any, tracking_uri: str) -> dict[str, Any]:
    """Print a `Trace` for people and return it for machines; the URI without its password."""
    record, report = found.provenance, found.report or {}
    tracking_uri = mask_url(tracking_uri)
    if gap := record.gap():
        note(f"{found.version.reference} {gap}; commit the project and train anew")
    dirty = f", uncommitted changes {record.diff_sha256}" if record.dirty else ""
    rows = [
        ("endpoint", f"{found.endpoint} in {', '.join(found.regions)}" if found.endpoint else "-"),
        ("model", f"{found.version.reference} {found.version.digest}"),
        *((p["form"], f"model:{p['name']}@{p['version']} {p['digest']}") for p in record.parents),
        ("commit", f"{record.commit or _no_commit(record)}{dirty}"),
        ("dataset", f"{record.dataset['reference']} {record.dataset['digest']}"),
        ("run", record.run_id or "-"),
        ("report", _figures(report)),
        ("environment", record.environment_sha256),
        ("wheels", f"{len(found.wheels)}: {', '.join(_short(wheel) for wheel in found.wheels)}"),
    ]
    table(None, ("what", "made it"), rows)
    say(f"MLflow's UI: mlflow ui --backend-store-uri '{tracking_uri}'")
    return {
        "endpoint": found.endpoint,
        "regions": found.regions,
        "model": found.version.reference,
        "digest": found.version.digest,
        "provenance": asdict(record),
        "wheels": found.wheels,
        "report": found.report,
        "tracking_uri": tracking_uri,
    }


def _figures(report: dict[str, Any]) -> str:
    if not report:
        return "none: it was never tested"
    return (
        f"{report['reference']} accuracy {report['accuracy']:.4f}, "
        f"macro-F1 {report['macro_f1']:.4f}"
    )


def _short(wheel: str) -> str:
    return " ".join(wheel.split("-")[:2])


def _no_commit(record: Provenance) -> str:
    """Say that there is no commit; models of an earlier Penstock do not know why."""
    return f"none: {record.git_reason}" if record.git_reason else "none"
