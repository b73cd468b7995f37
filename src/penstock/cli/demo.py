"""`penstock demo`: the main job, from labelled replies to a production endpoint."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.text import Text

from penstock.cli import releases, stages
from penstock.cli.output import Json, State, command, console, say, table

if TYPE_CHECKING:
    from penstock.stages.project import Project

__all__ = ["add_to"]

# Replies whose intent people would not agree on; the first the model is unsure of is shown.
UNCLEAR = (
    "Hm.",
    "Well, it depends.",
    "Fine.",
    "Interesting, but also not. Let me see, or maybe Anna.",
    "Is it? We shall see.",
    "42",
    "Okay then, as you like, or not.",
    "I read it.",
    "Maybe.",
    "The weather in Lisbon was lovely.",
)


@dataclass
class Story:
    """What the demo has told so far."""

    times: list[tuple[str, float]] = field(default_factory=list)
    facts: dict[str, Any] = field(default_factory=dict)

    @contextmanager
    def chapter(self, title: str) -> Iterator[None]:
        """Print a heading and time what follows."""
        if not State.json:
            console.rule(Text(f"{len(self.times) + 1}  {title}", "bold cyan"), align="left")
        started = time.monotonic()
        yield
        self.times.append((title, time.monotonic() - started))


def add_to(app: typer.Typer) -> None:
    """Register the command."""
    app.command("demo", epilog="Example: penstock demo demo")(demo)


@command
def demo(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="The demo's own folder.")] = Path(
        "demo"
    ),
    as_json: Json = False,
) -> Any:
    """Carry a project from labelled replies to production, on this machine.

    Run again, it goes on in the same folder: a second model beside its champion.
    """
    story = Story()
    with story.chapter("Data: labelled replies become an artifact"):
        project = _data(folder)
    with story.chapter("Train: fine-tune the encoder"):
        _call(stages.train)
    with story.chapter("Test: the held-out split, and the champion"):
        story.facts["report"] = _call(stages.test)
    with story.chapter("Wrap: the same classifier inside filters"):
        _call(releases.wrap)
    with story.chapter("Release: wheels, a lock, an offline install, built once"):
        story.facts["release"] = _call(releases.release)
    with story.chapter("Deploy: the release to staging, then to production in two regions"):
        _deploy(project, story.facts["release"]["release"])
    with story.chapter("Answers: a plain boto3 client asks production"):
        story.facts["answers"] = _ask(project)
    with story.chapter("Provenance: what made those answers"):
        story.facts["provenance"] = _provenance(project)
    _farewell(folder, story)
    return {**story.facts, "seconds": dict(story.times)}


def _data(folder: Path) -> Project:
    from penstock.stages.project import Project
    from penstock.stages.publish import publish
    from penstock.stages.scaffold import scaffold

    if not (folder / "penstock.yaml").is_file():
        made = scaffold(folder, name="intent")
        rows = [(label, made.train[label], made.test[label]) for label in made.train]
        table(None, ("intent", "train", "test"), rows)
        if made.repository.own and not made.repository.commit:
            _commit(folder)
    os.environ["PENSTOCK_PROJECT"] = str(folder)
    project = Project.load(folder)
    artifact = publish(project, f"dataset:{project.config.dataset}", folder / "data")
    say(("published", "green"), f" {artifact.reference} {artifact.digest}")
    return project


def _commit(folder: Path) -> None:
    """Commit the demo's own repository where git knows nobody who could."""
    from penstock.provenance.git import NoGit
    from penstock.provenance.repository import first_commit

    # What git said when it refuses is told by the chapters that miss the commit.
    with suppress(NoGit):
        first_commit(folder, "-c", "user.name=Penstock demo", "-c", "user.email=demo@example.com")


def _deploy(project: Project, release: str) -> None:
    from penstock.localcloud.host import daemon

    host = daemon.up(project.state / "local", 0)
    say(f"a SageMaker host on this machine: {host.url}")
    _call(releases.deploy, "staging", release)
    _call(releases.deploy, "production")


def _call(function: Callable[..., Any], *arguments: Any) -> Any:
    """Run a command's own function, so that the demo prints what the command prints."""
    return function.__wrapped__(*arguments)  # type: ignore[attr-defined]


def _ask(project: Project) -> list[dict[str, Any]]:
    """Send mails with boto3 alone, and show one answer of each status."""
    import boto3

    from penstock import showcase
    from penstock.localcloud.host import daemon

    host = daemon.status(project.state / "local")
    assert host is not None  # noqa: S101 - the chapter before started it
    call = "boto3.client('sagemaker-runtime').invoke_endpoint"
    say((f"AWS_ENDPOINT_URL={host.url}  {call}", "dim"))
    runtime = boto3.client(
        "sagemaker-runtime",
        endpoint_url=host.url,
        region_name="us-west-2",
        aws_access_key_id="local",
        aws_secret_access_key="local",  # noqa: S106 - the local host asks for none
    )

    def ask(body: bytes, content_type: str) -> dict[str, Any]:
        answer = runtime.invoke_endpoint(
            EndpointName=project.deploy("production").endpoint,
            Body=body,
            ContentType=content_type,
        )
        found: dict[str, Any] = json.loads(answer["Body"].read())
        return found

    mails = showcase.mails(seed=7, count=40)
    human = next(mail for mail in mails if mail.intent is not None)
    automatic = next(mail for mail in mails if mail.intent is None)
    shown = [
        _shown(human.text, ask(human.as_bytes(), "message/rfc822")),
        _shown(automatic.text, ask(automatic.as_bytes(), "message/rfc822")),
        _unclear(ask),
        _shown(human.text, ask(human.as_bytes(), "message/rfc822")),
    ]
    _print_answers(shown)
    return shown


def _unclear(ask: Callable[[bytes, str], dict[str, Any]]) -> dict[str, Any]:
    """Return the first of the unclear replies that is held back."""
    answers = [_shown(text, ask(text.encode(), "text/plain")) for text in UNCLEAR]
    held_back = [answer for answer in answers if answer["prediction"]["status"] == "suppressed"]
    return (held_back or answers)[0]


def _shown(text: str, answer: dict[str, Any]) -> dict[str, Any]:
    return {"text": text, "prediction": answer["predictions"][0], "model": answer["model"]}


def _print_answers(answers: list[dict[str, Any]]) -> None:
    rows = []
    for answer in answers:
        prediction = answer["prediction"]
        score = prediction["score"]
        rows.append(
            (
                " ".join(answer["text"].split())[:48],
                prediction["status"],
                prediction["label"] or "-",
                f"{score:.2f}" if score is not None else "-",
                prediction["reason"] or "",
            )
        )
    table(None, ("reply", "status", "label", "score", "reason"), rows)
    model = answers[0]["model"]
    say("each answer names its model:")
    for key in ("name", "version", "stage", "run_id", "commit", "dataset", "digest"):
        say((f"  {key:8}", "dim"), f" {model[key]}")


def _provenance(project: Project) -> dict[str, Any]:
    from penstock.cli.score import print_provenance
    from penstock.stages.trace import trace

    found = trace(project, project.deploy("production").endpoint)
    return print_provenance(found, project.tracking_uri)


def _farewell(folder: Path, story: Story) -> None:
    if not State.json:
        console.rule(align="left")
    rows = [(title, f"{seconds:.1f} s") for title, seconds in story.times]
    table(
        "what took how long", ("", ""), [*rows, ("all", f"{sum(t for _, t in story.times):.1f} s")]
    )
    say(
        f"the endpoints go on serving; try   penstock -C {folder} score intent-production 'Call me'"
    )
    say(f"and stop them with                 penstock -C {folder} local down")
