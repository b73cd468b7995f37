"""`penstock train` and `test`."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from penstock.cli.output import Doing, Json, State, command, note, say
from penstock.cli.project import current_project
from penstock.cli.report import show_report

__all__ = ["add_to"]


def add_to(app: typer.Typer) -> None:
    """Register the stages."""
    app.command("train", epilog="Example: penstock train --epochs 3")(train)
    app.command("test", epilog="Example: penstock test --version 2")(test)


@command
def train(
    dataset: Annotated[str | None, typer.Option(help="Such as dataset:replies@2.")] = None,
    base_model: Annotated[str | None, typer.Option(help="Hub id, folder or package:...")] = None,
    epochs: Annotated[float | None, typer.Option(help="Passes over the train split.")] = None,
    batch_size: Annotated[float | None, typer.Option(help="Texts a step.")] = None,
    learning_rate: Annotated[float | None, typer.Option(help="Peak learning rate.")] = None,
    max_length: Annotated[float | None, typer.Option(help="Tokens of a text.")] = None,
    class_weight: Annotated[
        str | None, typer.Option(help="balanced: rare classes weigh more.")
    ] = None,
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
        "class_weight": class_weight,
        "seed": seed,
    }
    parameters = override(project.config.train, given)
    # After what can be wrong is checked: torch takes seconds to import.
    from penstock.stages.train import train as run

    # Not shown before it is needed: the bar of the epochs cannot share a terminal with it.
    shown = Doing()
    try:
        done = run(project, dataset, parameters, not State.json, shown.tell, note)
    finally:
        shown.stop()
    say(
        ("trained", "green"),
        f" {done.version.reference} on {done.dataset}: "
        f"{sum(done.counts.values())} texts, {len(done.counts)} classes",
    )
    figures = {k: round(v, 4) for k, v in done.metrics.items()}
    say("  " + ", ".join(f"{name} {value}" for name, value in figures.items()))
    if done.truncated:
        told = (
            f"  {done.truncated} texts are longer than {parameters.max_length} tokens and were "
            "not read whole"
        )
        say((told, "yellow"), f" (long_text: {parameters.long_text})")
    return {
        "model": done.version.reference,
        "digest": done.version.digest,
        "run_id": done.run_id,
        "commit": done.provenance.commit,
        "git_reason": done.provenance.git_reason,
        "dataset": done.dataset,
        "counts": done.counts,
        "metrics": done.metrics,
        "truncated": done.truncated,
    }


@command
def test(
    version: Annotated[str, typer.Option(help="Of the trained model.")] = "latest",
    as_json: Json = False,
) -> Any:
    """Score the held-out split, write a report and compare with the champion."""
    project = current_project()
    from penstock.stages.test import test as run

    with Doing("scoring the held-out split"):
        done = run(project, version)
    report = done.report
    say(
        ("tested", "green"),
        f" {done.version.reference} on {report.dataset}: accuracy "
        f"{report.accuracy:.4f}, macro-F1 {report.macro_f1:.4f}",
    )
    show_report(report)
    say(f"report {done.reference}, its page: {done.folder / 'report.html'}")
    done.check()
    return {"report": done.reference, "run_id": done.run_id, **report.to_dict()}
