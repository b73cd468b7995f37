"""`penstock wrap --explain` of one mail, without a model and with one."""

from __future__ import annotations

import json
from io import StringIO
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from rich.console import Console
from typer.testing import CliRunner

from penstock.cli import explain
from penstock.cli.app import app
from penstock.errors import InputError, NotFoundError
from penstock.filters import Pipeline, Record
from penstock.filters.trace import trace
from penstock.stages.explain import Explained

MAIL = b"""From: Max <max@buyer.example>
Subject: Re: [bold]offer[/]
Content-Type: text/plain; charset=utf-8

Yes, call +44 20 7946 0958 \xe2\x80\x93 soon.

--\x20
Max Stein

On Mon, 4 Mar 2024 at 09:00, Ann <ann@seller.example> wrote:
> Would you like a demo?
"""

SPEC: dict[str, Any] = {
    "before": [
        {"filter": "drop_auto_replies"},
        {"filter": "cut_reply"},
        {"filter": "redact", "kinds": ["phone"]},
    ],
    "after": [
        {"filter": "rules", "rules": [{"when": 'contains(text, "soon")', "label": "urgent"}]},
        {"filter": "top_k", "k": 1},
    ],
}


def model(records: list[Record]) -> list[Record]:
    return [record.scored([0.3, 0.7], ["no", "yes"]) for record in records]


def explained(mail: bytes, spec: dict[str, Any] = SPEC, with_model: bool = True) -> Explained:
    path = Path("mail.eml")
    path.write_bytes(mail)
    steps = trace(
        Pipeline.from_dict(spec), explain.read_message(path), model if with_model else None
    )
    version: Any = SimpleNamespace(reference="model:intent-trained@1") if with_model else None
    return Explained(steps, version)


def printed(done: Explained, monkeypatch: pytest.MonkeyPatch) -> str:
    console = Console(width=100, record=True, file=StringIO())
    monkeypatch.setattr(explain, "result", console)
    explain.show(done)
    return console.export_text()


@pytest.fixture(autouse=True)
def in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_every_step_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = printed(explained(MAIL), monkeypatch)
    for part in (
        "subject: Re: [bold]offer[/]",
        "1  drop_auto_replies  changes nothing",
        "2  cut_reply  changes text",
        "[signature]",
        "[quote]",
        "> Would you like a demo?",
        "3  redact  changes text",
        "[phone]",
        "4  model:intent-trained@1  scored",
        "what the model sees",
        "5  rules  scored: rule 1: instead of yes",
        "yes → urgent",
        "6  top_k  changes scores",
        "what comes back",
    ):
        assert part in shown
    saw = shown.split("what the model sees")[1].split("5  rules")[0]
    assert "Yes, call [phone] – soon." in saw
    assert "0.700" in saw


def test_a_dropped_mail_stops_where_it_is_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    done = explained(b"Auto-Submitted: auto-replied\n\nI am away.\n")
    shown = printed(done, monkeypatch)
    assert "1  drop_auto_replies  not_scored: auto_reply: header Auto-Submitted" in shown
    assert "2  cut_reply  not reached" in shown
    assert "4  model:intent-trained@1  not reached" in shown
    value = explain.as_dict(done)
    assert value["model_saw"] is None
    assert value["prediction"]["decided_by"] == "drop_auto_replies"
    assert [step["ran"] for step in value["steps"]] == [True, False, False, False, True, True]


def test_without_a_model_the_first_half_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    done = explained(MAIL, with_model=False)
    shown = printed(done, monkeypatch)
    assert "Yes, call [phone] – soon." in shown
    assert "no answer: no model" in shown
    value = explain.as_dict(done)
    assert (value["model"], value["prediction"]) == (None, None)
    assert value["model_saw"] == "Yes, call [phone] – soon."
    json.dumps(value)


def test_what_changed_is_said_for_machines() -> None:
    steps = explain.as_dict(explained(MAIL))["steps"]
    assert steps[0]["changes"] == {}
    assert steps[2]["changes"]["text"]["after"] == "Yes, call [phone] – soon."
    assert steps[4]["changes"]["label"] == {"before": "yes", "after": "urgent"}


def test_a_filter_that_fails_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    spec = {"before": [{"filter": "limit_size", "max_tokens": 1}], "after": []}
    shown = printed(explained(b"\nseveral words\n", spec), monkeypatch)
    assert "1  limit_size  not_scored: failed: InputError" in shown


def test_a_long_text_is_clipped(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = printed(explained(b"\n" + b"word " * 20_000, SPEC), monkeypatch)
    assert "and 96000 characters more" in " ".join(shown.split())
    assert len(shown) < 60_000


@pytest.mark.parametrize(
    ("name", "content", "error", "says"),
    [
        ("none.eml", None, NotFoundError, "no such file"),
        ("a.pdf", b"", InputError, "'.pdf' is no known ending"),
        ("a.jsonl", b'"a"\n"b"\n', InputError, "has 2 records"),
        ("a.json", b"{", InputError, "is not valid JSON"),
        ("a.json", b'{"inputs": [1]}', InputError, r"inputs\[0\]: is a number, want text"),
        ("a.txt", b"\xff", InputError, "is not utf-8"),
    ],
)
def test_a_file_that_is_no_message_is_told(
    name: str, content: bytes | None, error: type[Exception], says: str
) -> None:
    if content is not None:
        Path(name).write_bytes(content)
    with pytest.raises(error, match=says):
        explain.read_message(Path(name))


def test_outside_a_project_the_command_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PENSTOCK_PROJECT", raising=False)
    Path("mail.eml").write_bytes(MAIL)
    done = CliRunner().invoke(app, ["wrap", "--explain", "mail.eml", "--json"])
    assert done.exit_code == 2
    assert "penstock.yaml" in done.output
