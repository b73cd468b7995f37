"""The commands of an example, and whether the programs they name would take them."""

from __future__ import annotations

import argparse
import re
import shlex
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import typer.main
import yaml
from doc_examples import ROOT, Example
from packaging.requirements import Requirement

from penstock.cli.app import app
from penstock.scoring.process.settings import VARIABLES

SETTINGS = {*VARIABLES, "PENSTOCK_MODEL_DIR", "OTEL_EXPORTER_OTLP_ENDPOINT"}
TEMPLATE = ROOT / "src/penstock/templates/project"
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


@dataclass(frozen=True)
class Command:
    """A line of an example: its program, what follows, and the variables ahead of it."""

    program: str
    arguments: list[str]
    settings: dict[str, str]


def commands(example: Example) -> list[Command]:
    """Return the commands of a block; a backslash joins lines, `#` starts a comment."""
    lines = example.text.replace("\\\n", " ").splitlines()
    words = [shlex.split(line.removeprefix("$ "), comments=True) for line in lines]
    return [_command(each) for each in words if each]


def _command(words: list[str]) -> Command:
    count = next((at for at, word in enumerate(words) if not re.match(r"[A-Z_]+=", word)), 0)
    settings = dict(word.split("=", 1) for word in words[:count])
    return Command(words[count], words[count + 1 :], settings)


def check(command: Command, whole: bool = True) -> None:
    """Raise AssertionError where the program would not take the command.

    Parameters
    ----------
    command : of an example.
    whole : False for a command in a sentence, which may leave arguments out.
    """
    assert set(command.settings) <= SETTINGS, f"no such settings: {command.settings}"
    known = PROGRAMS.get(command.program)
    assert known, f"no rule takes `{command.program}`: add one to PROGRAMS of doc_commands.py"
    known(command.arguments, whole)


def _penstock(arguments: list[str], whole: bool) -> None:
    _click(typer.main.get_command(app), "penstock", arguments, whole)


def _click(program: Any, name: str, arguments: list[str], whole: bool) -> None:
    """Parse the words as click does, down to the last group's command; nothing runs.

    Typer has a click of its own, so errors are told by their names.
    """
    try:
        context = program.make_context(name, list(arguments))
        if hasattr(program, "resolve_command"):
            rest = [*context._protected_args, *context.args]
            child_name, child, left = program.resolve_command(context, rest)
            _click(child, child_name, left, whole)
    except Exception as error:
        kinds = {cls.__name__ for cls in type(error).__mro__}
        if "ClickException" not in kinds:
            raise
        if whole or not kinds & {"MissingParameter", "BadOptionUsage"}:
            raise AssertionError(f"{name}: {error}") from None


def _python(arguments: list[str], whole: bool) -> None:
    if arguments[0] == "-m":
        assert arguments == ["-m", "penstock.scoring"], arguments
        return
    source = (ROOT / arguments[0]).read_text()
    absent = [word for word in arguments if word.startswith("--") and f'"{word}"' not in source]
    assert not absent, f"{arguments[0]} has no {absent}"


def _pip(arguments: list[str], whole: bool) -> None:
    assert arguments[0] == "install", arguments
    for word in arguments[1:]:
        wanted = Requirement(word)
        if wanted.name == PROJECT["name"]:
            absent = wanted.extras - set(PROJECT["optional-dependencies"])
            assert not absent, f"{word}: no extra {absent}"


def _make(arguments: list[str], whole: bool) -> None:
    targets = re.findall(r"^(\w+):", (ROOT / "Makefile").read_text(), re.M)
    assert set(arguments) <= set(targets), f"make has no {arguments}"


def _mlflow(arguments: list[str], whole: bool) -> None:
    from mlflow.cli import cli

    _click(cli, "mlflow", arguments, whole)
    if arguments[0] == "run":
        spec = re.sub(r"{{ \w+ }}", "1", (TEMPLATE / "MLproject.jinja").read_text())
        assert arguments[arguments.index("-e") + 1] in yaml.safe_load(spec)["entry_points"]


def _curl(arguments: list[str], whole: bool) -> None:
    curl_request(arguments)


def _cd(arguments: list[str], whole: bool) -> None:
    assert len(arguments) == 1, arguments


def _cat(arguments: list[str], whole: bool) -> None:
    assert arguments, "cat of nothing"


def _git(arguments: list[str], whole: bool) -> None:
    known = {"add", "commit", "init", "clone", "tag", "push", "config", "lfs"}
    assert arguments and arguments[0] in known, f"no such git command: {arguments}"


PROGRAMS: dict[str, Callable[[list[str], bool], None]] = {
    "penstock": _penstock,
    "python": _python,
    "pip": _pip,
    "make": _make,
    "mlflow": _mlflow,
    "curl": _curl,
    "cd": _cd,
    "cat": _cat,
    "git": _git,
}


@dataclass(frozen=True)
class CurlRequest:
    """What curl would send; `file` has the body where `data` is None."""

    method: str
    path: str
    headers: dict[str, str]
    data: str | None
    file: str | None


def curl_request(arguments: list[str]) -> CurlRequest:
    """Return what curl sends with these arguments, its own defaults included."""
    parser = argparse.ArgumentParser("curl", allow_abbrev=False, exit_on_error=False)
    parser.add_argument("-d")
    parser.add_argument("-T")
    parser.add_argument("-X")
    parser.add_argument("-H", action="append", default=[])
    parser.add_argument("url")
    given, unknown = parser.parse_known_args(arguments)
    assert not unknown, f"curl: no rule takes {unknown}"
    host, _, path = given.url.removeprefix("http://").partition("/")
    assert host == "localhost:8080", f"{given.url}: the container listens on localhost:8080"
    form = {"Content-Type": "application/x-www-form-urlencoded"} if given.d else {}
    headers = form | dict(re.split(r":\s*", header, maxsplit=1) for header in given.H)
    method = given.X or ("POST" if given.d else "PUT" if given.T else "GET")
    return CurlRequest(method, f"/{path}", headers, given.d, given.T)
