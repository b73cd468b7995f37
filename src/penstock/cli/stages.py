"""`penstock train`, `test`, `wrap`, `package`, `deploy`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer
from rich.status import Status

from penstock.cli.output import Json, State, command, console, note, say, table
from penstock.cli.project import current_project
from penstock.cli.report import show_report

__all__ = ["add_to"]

Target = Annotated[str, typer.Argument(help="A file of deploy/, without .yaml.")]


def add_to(app: typer.Typer) -> None:
    """Register the stages."""
    app.command("train", epilog="Example: penstock train --epochs 3")(train)
    app.command("test", epilog="Example: penstock test --version 2")(test)
    app.command("wrap", epilog="Example: penstock wrap staging")(wrap)
    app.command("package", epilog="Example: penstock package staging")(package)
    app.command("deploy", epilog="Example: penstock deploy production --plan")(deploy)


@command
def train(
    dataset: Annotated[str | None, typer.Option(help="Such as dataset:replies@2.")] = None,
    base_model: Annotated[str | None, typer.Option(help="Hub id, folder or package:...")] = None,
    epochs: Annotated[float | None, typer.Option(help="Passes over the train split.")] = None,
    batch_size: Annotated[float | None, typer.Option(help="Texts a step.")] = None,
    learning_rate: Annotated[float | None, typer.Option(help="Peak learning rate.")] = None,
    max_length: Annotated[float | None, typer.Option(help="Tokens of a text.")] = None,
    seed: Annotated[float | None, typer.Option(help="Of everything random.")] = None,
    as_json: Json = False,
) -> Any:
    """Fine-tune the classifier on a dataset and register the trained version.

    Options left out come from penstock.yaml. A training that was killed goes on where it was.
    """
    from penstock.stages.parameters import override

    project = current_project()
    given = {
        "base_model": base_model,
        "epochs": epochs,
        "batch_size": batch_size,
        "learning_rate": learning_rate,
        "max_length": max_length,
        "seed": seed,
    }
    parameters = override(project.config.train, given)
    # After what can be wrong is checked: torch takes seconds to import.
    from penstock.stages.train import train as run

    # Not shown before it is needed: the bar of the epochs cannot share a terminal with it.
    status = console.status("", spinner="dots")
    try:
        done = run(
            project, dataset, parameters, not State.json, lambda text: _spin(status, text), say
        )
    finally:
        status.stop()
    say(
        f"[green]trained[/] {done.version.reference} on {done.dataset}: "
        f"{sum(done.counts.values())} texts, {len(done.counts)} classes"
    )
    figures = {k: round(v, 4) for k, v in done.metrics.items()}
    say("  " + ", ".join(f"{name} {value}" for name, value in figures.items()))
    if done.truncated:
        say(
            f"  [yellow]{done.truncated} texts are longer than {parameters.max_length} tokens and "
            f"were not read whole[/] (long_text: {parameters.long_text})"
        )
    return {
        "model": done.version.reference,
        "digest": done.version.digest,
        "run_id": done.run_id,
        "dataset": done.dataset,
        "counts": done.counts,
        "metrics": done.metrics,
        "truncated": done.truncated,
    }


def _spin(status: Status, text: str) -> None:
    status.update(f"{text} ...")
    status.start()


@command
def test(
    version: Annotated[str, typer.Option(help="Of the trained model.")] = "latest",
    as_json: Json = False,
) -> Any:
    """Score the held-out split, write a report and compare with the champion."""
    project = current_project()
    from penstock.stages.test import test as run

    with console.status("scoring the held-out split ...", spinner="dots"):
        done = run(project, version)
    report = done.report
    say(
        f"[green]tested[/] {done.version.reference} on {report.dataset}: accuracy "
        f"{report.accuracy:.4f}, macro-F1 {report.macro_f1:.4f}"
    )
    show_report(report)
    say(f"report {done.reference}, its page: {done.folder / 'report.html'}")
    done.check()
    return {"report": done.reference, "run_id": done.run_id, **report.to_dict()}


@command
def wrap(
    target: Target = "staging",
    explain: Annotated[
        Path | None, typer.Option(help="Show what the filters do to a .eml or .txt; wrap nothing.")
    ] = None,
    as_json: Json = False,
) -> Any:
    """Put the trained classifier into the filters of deploy/TARGET.yaml."""
    if explain is not None:
        return _explain(target, explain)
    project = current_project()
    from penstock.stages.wrap import wrap as run

    with console.status("checking filters and wrapping ...", spinner="dots"):
        done = run(project, target)
    say(
        f"[green]wrapped[/] {done.parent.reference} as {done.version.reference}"
        + ("" if done.created else " (as it was)")
    )
    say(f"  filters {', '.join(done.filters)}")
    say(f"  classifier {done.classifier_digest}")
    return {
        "model": done.version.reference,
        "parent": done.parent.reference,
        "digest": done.version.digest,
        "classifier_digest": done.classifier_digest,
        "filters": done.filters,
        "created": done.created,
    }


def _explain(target: str, path: Path) -> Any:
    from penstock.cli.explain import as_dict, read_message, show
    from penstock.stages.explain import explain as run

    project, record = current_project(), read_message(path)
    with console.status("running the filters ...", spinner="dots"):
        done = run(project, target, record)
    if not State.json:
        show(done)
    return as_dict(done)


@command
def package(target: Target = "staging", as_json: Json = False) -> Any:
    """Wrap, then add locked wheels, prove them offline and write the model archive."""
    project = current_project()
    from penstock.stages.package import package as run

    with console.status("building wheels and installing them offline ...", spinner="dots"):
        done = run(project, target)
    size = done.archive.stat().st_size / 1e6
    say(
        f"[green]packaged[/] {done.wrapped.version.reference} as {done.version.reference}"
        + ("" if done.created else " (as it was)")
    )
    say(f"  {len(done.wheels)} wheels, lock {done.lock_digest}, installed offline and scored")
    say(f"  archive {done.archive} ({size:.0f} MB)")
    return {
        "model": done.version.reference,
        "parent": done.wrapped.version.reference,
        "digest": done.version.digest,
        "classifier_digest": done.wrapped.classifier_digest,
        "wheels": done.wheels,
        "lock_digest": done.lock_digest,
        "archive": str(done.archive),
        "created": done.created,
    }


@command
def deploy(
    target: Target = "staging",
    plan: Annotated[bool, typer.Option("--plan", help="Show the plan; change no cloud.")] = False,
    as_json: Json = False,
) -> Any:
    """Wrap, package and deploy to a target, region by region."""
    project = current_project()
    from penstock.stages.deploy import deploy as run

    with console.status("wrapping and packaging ...", spinner="dots") as status:
        done = run(
            project, target, plan, on_step=lambda step: status.update(f"{step} ..."), tell=note
        )
    model = done.packaged.version.reference
    if plan:
        table(
            f"plan: {model} to {target}",
            ("region", "action", "what"),
            ((s.region, s.action, s.named()) for s in done.plan.steps),
        )
    else:
        regions = ", ".join(dict.fromkeys(step.region for step in done.plan.steps))
        say(f"[green]deployed[/] {model} to {done.plan.endpoint} in {regions}")
        say(f"  classifier {done.packaged.wrapped.classifier_digest}")
    return {
        "model": model,
        "digest": done.packaged.version.digest,
        "classifier_digest": done.packaged.wrapped.classifier_digest,
        "executed": done.executed,
        "plan": done.plan.to_dict(),
    }
