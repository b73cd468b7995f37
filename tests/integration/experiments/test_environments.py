"""Environments of their own: made once, whole or not at all, and candidates inside them."""

import os
import subprocess
import time
from pathlib import Path

import pytest

from penstock.errors import StageError
from penstock.experiments.candidates import Program
from penstock.experiments.environments import build, environment_digest
from penstock.experiments.running import Split, run
from penstock.experiments.subprocesses import follow

# A stand-in for a library with needs of its own: what is tested is the way there and back.
TINY = """
import os, sys
class Model:
    def predict(self, texts):
        return [["__penstock_label__" + t[-1]] if t else [] for t in texts], None
    def save_model(self, path):
        open(path, "w").write("x" * 1234)
def train_supervised(path, label, thread, verbose, seed, mode="", **more):
    print("noise on stdout"); os.write(1, b"and from C\\n")
    lines = open(path, encoding="utf-8").read().splitlines()
    assert all(line.rfind(label) == 0 for line in lines) and not os.environ.get("PYTHONPATH")
    if mode == "raise": raise RuntimeError("Encountered NaN.")
    if mode == "die": os.write(2, b"fatal error: out of luck\\n"); os.kill(os.getpid(), 9)
    if mode == "hang":
        import time; open(more["note"], "w").write(str(os.getpid())); time.sleep(60)
    return Model()
"""
SPLIT = Split(
    ["t 0", "t 1\nu\u2028v", "__penstock_label__9 t 1"],
    list("aba"),
    ["x 0", "x 1", ""],
    list("abb"),
)


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A package called as fastText is, as a requirement."""
    folder = tmp_path_factory.mktemp("package")
    (folder / "fasttext.py").write_text(TINY)
    (folder / "pyproject.toml").write_text(
        '[project]\nname = "tiny-words"\nversion = "1.0"\n'
        '[build-system]\nrequires = ["hatchling"]\nbuild-backend = "hatchling.build"\n'
        '[tool.hatch.build.targets.wheel]\ninclude = ["fasttext.py"]\n'
    )
    return f"tiny-words @ {folder.as_uri()}"


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("environments")


def candidate(package: str, **settings: object) -> Program:
    return Program("tiny", "fasttext", {"seed": 0, **settings}, [package])


def test_a_candidate_runs_in_its_own_environment(package: str, root: Path) -> None:
    told: list[str] = []
    outcome = run(candidate(package), SPLIT, root, None, told.append)
    assert outcome.labels == ["a", "b", "a"], "the commonest where nothing is known"
    assert outcome.size == 1234 and outcome.libraries == {"tiny-words": "1.0"}
    assert told[0] == "making its environment" and told[-2:] == ["training", "predicting"]
    told.clear()
    run(candidate(package), SPLIT, root, None, told.append)
    assert told == ["loading", "training", "predicting"], "it is made once"
    assert list((root / ".building").iterdir()) == []


FAILURES = {
    "raise": "RuntimeError: Encountered NaN.",
    "die": "its process was ended by signal 9: .*out of luck",
}


@pytest.mark.parametrize("mode", FAILURES)
def test_a_candidate_that_fails_says_why(mode: str, package: str, root: Path) -> None:
    with pytest.raises(StageError, match=FAILURES[mode]):
        run(candidate(package, mode=mode), SPLIT, root, None, lambda text: None)


def test_stopping_ends_the_candidate(package: str, root: Path, tmp_path: Path) -> None:
    note = tmp_path / "pid"

    def stop(doing: str) -> None:
        if doing == "training":
            wait(note.exists)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(candidate(package, mode="hang", note=str(note)), SPLIT, root, None, stop)
    wait(lambda: not alive(int(note.read_text())))


def test_packages_go_into_the_environment_whatever_pip_is_told(
    package: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIP_USER", "1")
    monkeypatch.setenv("PIP_TARGET", str(tmp_path / "elsewhere"))
    python = build(tmp_path / "environments", [package], lambda text: None)
    assert list(python.parents[1].glob("lib/*/site-packages/fasttext.py"))
    assert not (tmp_path / "elsewhere").exists()


def test_an_environment_that_cannot_be_made_leaves_nothing(tmp_path: Path) -> None:
    missing = f"nothing @ {(tmp_path / 'no_such-1.0-py3-none-any.whl').as_uri()}"
    with pytest.raises(StageError, match=r"its environment cannot be made: .*no_such-1\.0"):
        build(tmp_path / "environments", [missing], lambda text: None)
    left = {p.name for p in (tmp_path / "environments").iterdir()}
    assert left == {".building", f"{environment_digest([missing])}.lock"}
    assert list((tmp_path / "environments" / ".building").iterdir()) == []


def test_a_program_is_followed_line_by_line(tmp_path: Path) -> None:
    lines: list[str] = []
    status = follow(["sh", "-c", "echo a; echo oops >&2; exit 3"], tmp_path / "log", lines.append)
    assert (status, lines, (tmp_path / "log").read_text()) == (3, ["a"], "oops\n")


def test_real_fasttext_learns(root: Path) -> None:
    texts = [f"{'good' if at % 2 else 'bad'} text {at}" for at in range(100)]
    split = Split(texts, ["yn"[at % 2] for at in range(100)], ["good", "bad", ""], list("nyy"))
    settings = {"seed": 0, "epoch": 25, "lr": 0.1, "dim": 10, "bucket": 1000, "wordNgrams": 2}
    program = Program("fasttext", "fasttext", settings, ["fasttext-numpy2==0.10.4"])
    try:
        build(root, program.requirements, lambda text: None)
    except StageError as error:
        pytest.skip(f"fastText cannot be installed here: {error}")
    # Of three runs, one in three of which ended in NaN while its memory was left to chance.
    outcome, *_ = [run(program, split, root, None, lambda text: None) for _ in range(3)]
    assert outcome.labels[:2] == ["n", "y"]
    assert outcome.size > 1000 and outcome.libraries["fasttext-numpy2"] == "0.10.4"


def wait(condition) -> None:
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    state = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True)
    return not state.stdout.strip().startswith("Z")
