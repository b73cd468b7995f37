"""`penstock wrap`, `package`, `release`, `deploy`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from penstock.artifacts.manifest import sha256_file
from penstock.cli.output import Doing, Json, State, command, note, say, table
from penstock.cli.project import current_project

if TYPE_CHECKING:
    from penstock.stages.package import Packaged

__all__ = ["add_to"]

Filters = Annotated[
    str | None,
    typer.Argument(metavar="[TARGET]", help="Whose filters, where a target has its own."),
]
Trained = Annotated[
    str | None, typer.Option(metavar="N", help="Of the trained model; default, the newest.")
]


def add_to(app: typer.Typer) -> None:
    """Register the commands."""
    app.command("wrap", epilog="Example: penstock wrap")(wrap)
    app.command("package", epilog="Example: penstock package --version 2")(package)
    app.command("release", epilog="Example: penstock release --version 2")(release)
    app.command("deploy", epilog="Example: penstock deploy production --release 3")(deploy)


@command
def wrap(
    target: Filters = None,
    version: Trained = None,
    explain: Annotated[
        Path | None, typer.Option(help="Show what the filters do to a .eml or .txt; wrap nothing.")
    ] = None,
    as_json: Json = False,
) -> Any:
    """Put the trained classifier into the filters of penstock.yaml."""
    if explain is not None:
        return _explain(target, explain)
    project = current_project()
    from penstock.stages.wrap import wrap as run

    with Doing("checking filters and wrapping"):
        done = run(project, target, version)
    note(done.declared.notice)
    say(
        ("wrapped", "green"),
        f" {done.parent.reference} as {done.version.reference}",
        "" if done.created else " (as it was)",
    )
    say(f"  filters {', '.join(done.filters) or 'none'}, of {done.declared.where}")
    say(f"  classifier {done.classifier_digest}")
    return {
        "model": done.version.reference,
        "parent": done.parent.reference,
        "digest": done.version.digest,
        "classifier_digest": done.classifier_digest,
        "filters": done.filters,
        "created": done.created,
    }


def _explain(target: str | None, path: Path) -> Any:
    from penstock.cli.explain import as_dict, read_message, show
    from penstock.stages.explain import explain as run

    project, record = current_project(), read_message(path)
    with Doing("running the filters"):
        done = run(project, target, record)
    if not State.json:
        show(done)
    return as_dict(done)


@command
def package(target: Filters = None, version: Trained = None, as_json: Json = False) -> Any:
    """Wrap, then add locked wheels, prove them offline and write the model archive."""
    done = _package(target, version)
    say(
        ("packaged", "green"),
        f" {done.wrapped.version.reference} as {done.version.reference}",
        "" if done.created else " (as it was)",
    )
    return _packaged(done)


@command
def release(version: Trained = None, as_json: Json = False) -> Any:
    """Make a release: wrap and package a trained version once, for every target."""
    done = _package(None, version)
    number = done.version.version
    say(
        (f"release {number}", "green"),
        f" of {done.wrapped.parent.reference}",
        "" if done.created else " (as it was)",
    )
    found = _packaged(done)
    say(f"deploy it with   penstock deploy staging --release {number}")
    return {"release": number, **found}


def _package(target: str | None, version: str | None) -> Packaged:
    project = current_project()
    from penstock.stages.package import package as run

    with Doing("building wheels and installing them offline"):
        done = run(project, target, version)
    note(done.wrapped.declared.notice)
    return done


def _packaged(done: Packaged) -> dict[str, Any]:
    size = done.archive.stat().st_size / 1e6
    archive_digest = f"sha256:{sha256_file(done.archive)}"
    say(f"  filters {', '.join(done.wrapped.filters) or 'none'}, of {done.wrapped.declared.where}")
    say(f"  {len(done.wheels)} wheels, installed offline and scored")
    say(f"  model      {done.version.digest}")
    say(f"  classifier {done.wrapped.classifier_digest}")
    say(f"  lock       {done.lock_digest}")
    say(f"  archive    {archive_digest} ({size:.0f} MB)")
    say(f"  {done.archive}")
    return {
        "model": done.version.reference,
        "parent": done.wrapped.version.reference,
        "trained": done.wrapped.parent.reference,
        "digest": done.version.digest,
        "classifier_digest": done.wrapped.classifier_digest,
        "filters": done.wrapped.filters,
        "wheels": done.wheels,
        "lock_digest": done.lock_digest,
        "archive": str(done.archive),
        "archive_digest": archive_digest,
        "created": done.created,
    }


@command
def deploy(
    target: Annotated[str, typer.Argument(help="A file of deploy/, without .yaml.")] = "staging",
    release: Annotated[
        str | None,
        typer.Option(
            metavar="N",
            help="Number of the release; default, a new one for staging, what staging serves "
            "for any other target.",
        ),
    ] = None,
    plan: Annotated[bool, typer.Option("--plan", help="Show the plan; change no cloud.")] = False,
    wait: Annotated[
        bool, typer.Option("--wait", help="For another deployment of the target to end.")
    ] = False,
    as_json: Json = False,
) -> Any:
    """Deploy a release to a target, region by region."""
    project = current_project()
    from penstock.stages.deploy import deploy as run

    with Doing("looking for the release") as shown:
        done = run(project, target, release, plan, wait, lambda step: shown.tell(str(step)), note)
    model, classifier = done.version.reference, done.version.tags["penstock.classifier_digest"]
    for text in done.notices:
        note(text)
    if plan:
        table(
            f"plan: {model} to {target}",
            ("region", "action", "what"),
            ((s.region, s.action, s.named()) for s in done.plan.steps),
        )
    else:
        name, number = done.plan.endpoint, done.version.version
        regions = ", ".join(dict.fromkeys(step.region for step in done.plan.steps))
        say(("deployed", "green"), f" release {number} to {name} in {regions}")
        say(f"  model      {done.version.digest}")
        say(f"  classifier {classifier}")
    return {
        "model": model,
        "release": done.version.version,
        "digest": done.version.digest,
        "classifier_digest": classifier,
        "notices": done.notices,
        "executed": done.executed,
        "plan": done.plan.to_dict(),
    }
