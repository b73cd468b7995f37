"""Users' words are printed as they are: no markup, no emoji, whatever brings them."""

from __future__ import annotations

from pathlib import Path

import pytest
from rich.text import Text
from typer.testing import CliRunner

from penstock.cli import output
from penstock.cli.app import app
from penstock.errors import InputError, Problem

WORDS = ("[/stop]", "[eu]", "[red]no[/red]", "ask:fire:now", "[link=x]", "a\\[b]", "[/]", "$5_a")


@pytest.fixture(autouse=True)
def people(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(output.State, "json", False)
    monkeypatch.setenv("COLUMNS", "200")


@pytest.mark.parametrize("word", WORDS)
class TestWordsAsTheyAre:
    def test_in_a_line(self, word: str, capsys: pytest.CaptureFixture[str]) -> None:
        output.say(("done", "green"), f" with {word}")
        assert capsys.readouterr().out == f"done with {word}\n"

    def test_with_a_style(self, word: str, capsys: pytest.CaptureFixture[str]) -> None:
        output.say((word, "bold"))
        assert capsys.readouterr().out == f"{word}\n"

    def test_in_a_table(self, word: str, capsys: pytest.CaptureFixture[str]) -> None:
        output.table(word, (word, "n"), [(word, 1), ((word, "red"), 2), (Text(word), 3)])
        lines = capsys.readouterr().out.splitlines()
        assert [line.split()[0] for line in lines] == [word] * 5

    def test_in_a_note(self, word: str, capsys: pytest.CaptureFixture[str]) -> None:
        output.note(f"two texts have {word}")
        assert capsys.readouterr().err == f"note two texts have {word}\n"

    def test_in_an_error(self, word: str, capsys: pytest.CaptureFixture[str]) -> None:
        output.problems(InputError(problems=[Problem(f"no {word}", f"data/{word}", f"try {word}")]))
        shown = capsys.readouterr().err
        assert shown == f"error data/{word}: no {word}; try {word}\n"

    def test_beside_a_spinner(self, word: str) -> None:
        doing = output.Doing(word)
        with output.console.capture() as held:
            output.console.print(doing._status.renderable)
        assert word in held.get()
        doing.tell(f"at {word}")
        doing.stop()
        with output.console.capture() as held:
            output.console.print(doing._status.renderable)
        assert f"at {word} ..." in held.get()

    def test_on_the_command_line(self, word: str, tmp_path: Path) -> None:
        for arguments in (["-C", str(tmp_path / word), "train"], [word], ["train", word]):
            done = CliRunner().invoke(app, arguments)
            assert done.exit_code == 2
            # typer quotes what it does not know as Python does.
            assert word in done.output or repr(word) in done.output
