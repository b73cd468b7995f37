"""What each filter did to one message, in the terminal."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from penstock.cli.body import body_of
from penstock.cli.changes import side_by_side
from penstock.cli.output import result
from penstock.errors import InputError
from penstock.filters import Record
from penstock.filters.trace import Side, Traced
from penstock.scoring import contract
from penstock.scoring.errors import RequestError

if TYPE_CHECKING:
    from penstock.stages.explain import Explained

__all__ = ["as_dict", "read_message", "show"]

SHOWN = 4000
"""Characters of a text that are shown; of a longer one, the rest is counted."""

BAR = 24
COLOURS = {"scored": "green", "cached": "green", "suppressed": "yellow", "not_scored": "red"}


def read_message(path: Path) -> Record:
    """Return the one record of a file, read as the container reads a request.

    Raises
    ------
    NotFoundError : there is no such file.
    InputError : it cannot be read, or holds more than one record.
    """
    where = f"--explain {path}"
    body, content_type = body_of(path, where)
    try:
        records = contract.decode(body, content_type)
    except RequestError as error:
        problem = error.problems[0]
        place = f"{where}, {problem.where}" if problem.where else where
        raise InputError(problem.what, where=place, hint=problem.hint) from None
    if len(records) != 1:
        raise InputError(f"has {len(records)} records", where=where, hint="explain one at a time")
    return records[0]


def as_dict(done: Explained) -> dict[str, Any]:
    """Return what `--json` prints."""
    last = _last(done)
    return {
        "model": done.model.reference if done.model else None,
        "steps": [
            {
                "name": step.name,
                "side": step.side,
                "ran": step.after is not None,
                "changes": {k: {"before": a, "after": b} for k, (a, b) in step.changes.items()},
            }
            for step in done.steps
        ],
        "model_saw": next(
            (s.before.text for s in done.steps if s.side is Side.MODEL and s.before.pending), None
        ),
        "prediction": None if last.pending else contract.prediction(last),
    }


def show(done: Explained) -> None:
    """Print every step, side by side where a text changed, and what came back."""
    result.print(_headers(done.steps[0].before))
    for number, step in enumerate(done.steps, 1):
        result.print(Rule(_title(number, step, done), align="left", style="dim"))
        result.print(_body(step, done))
    last = _last(done)
    result.print(Rule(Text("what comes back", "bold"), align="left", style="dim"))
    result.print(_outcome(last) if not last.pending else Text("no answer: no model", "dim"))


def _last(done: Explained) -> Record:
    ran = [step.after for step in done.steps if step.after is not None]
    return ran[-1] if ran else done.steps[0].before


def _headers(record: Record) -> RenderableType:
    shown = {
        name: record.headers[name] for name in ("from", "subject", "date") if name in record.headers
    }
    lines = [Text.assemble((f"{name}: ", "dim"), value) for name, value in shown.items()]
    return Group(*lines, Text(f"{len(record.text)} characters", "dim"))


def _title(number: int, step: Traced, done: Explained) -> Text:
    name = done.model.reference if step.side is Side.MODEL and done.model else step.name
    return Text.assemble(f"{number}  ", (name, "bold cyan"), "  ", _verdict(step))


def _verdict(step: Traced) -> tuple[str, str]:
    if step.after is None:
        reason = "no model is trained yet" if step.before.pending else "not reached"
        return reason, "dim"
    if "status" in step.changes or "reason" in step.changes:
        status = str(step.after.status)
        return f"{status}: {step.after.reason}" if step.after.reason else status, COLOURS[status]
    if not step.changes:
        return "changes nothing", "dim"
    return f"changes {', '.join(sorted(step.changes))}", "yellow"


def _body(step: Traced, done: Explained) -> RenderableType:
    parts: list[RenderableType] = []
    if step.side is Side.MODEL and step.before.pending:
        parts.append(
            Panel(_clipped(step.before.text), title="what the model sees", title_align="left")
        )
    if step.after is not None and "text" in step.changes:
        parts.append(side_by_side(step.name, step.before, step.after, SHOWN))
    if step.side is Side.MODEL and step.after is not None:
        parts.append(_scores(step.after))
    elif step.side is Side.AFTER:
        parts += [_change(name, pair) for name, pair in step.changes.items() if name in FACTS]
    return Group(*parts)


FACTS = ("label", "labels", "score", "scores", "annotations")


def _change(name: str, pair: tuple[Any, Any]) -> Text:
    before, after = (_fact(value) for value in pair)
    return Text.assemble((f"  {name}  ", "dim"), (before, "red"), " → ", (after, "green"))


def _fact(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.3f}"
    if isinstance(value, dict):
        return ", ".join(f"{key} {_fact(item)}" for key, item in value.items()) or "none"
    return "none" if value is None else str(value)


def _scores(record: Record) -> Table:
    grid = Table.grid(padding=(0, 1))
    ranked = sorted(record.scores.items(), key=lambda pair: -pair[1])
    for label, score in ranked[:10]:
        style = "bold green" if str(record.label) == label else ""
        grid.add_row(
            Text(f"  {label}", style), f"{score:.3f}", Text("█" * round(score * BAR), "cyan")
        )
    if record.out_of_scope is not None:
        grid.add_row(
            Text("  out of scope", "dim"),
            f"{record.out_of_scope_score:.3g}",
            str(record.out_of_scope),
        )
    return grid


def _outcome(record: Record) -> RenderableType:
    said = contract.prediction(record)
    grid = Table.grid(padding=(0, 1))
    for name, value in said.items():
        if name != "scores" and value is not None:
            style = COLOURS[str(record.status)] if name in ("status", "label") else ""
            grid.add_row(Text(f"  {name}", "dim"), Text(_fact(value), style))
    return grid


def _clipped(text: str) -> Text:
    if not text:
        return Text("nothing: the text is empty", "dim")
    shown = Text(text[:SHOWN])
    if len(text) > SHOWN:
        shown.append(f"\n... and {len(text) - SHOWN} characters more", "dim")
    return shown
