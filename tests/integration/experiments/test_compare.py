"""penstock compare with a real MLflow: runs, the board, reuse, failure, a kill."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import mlflow
import pytest
import yaml
from tiny_models import make_base_model

from penstock.errors import ConfigError, DataError
from penstock.stages.compare import carve, compare
from penstock.stages.labelled import LabelledText, write_csv
from penstock.stages.publish import publish

TWO = """
  - kind: tfidf-svm
  - kind: sklearn
    name: dummy
    pipeline: [sklearn.dummy.DummyClassifier]
"""
BROKEN = """
  - kind: sklearn
    name: broken
    pipeline: [{sklearn.svm.LinearSVC: {C: -1.0}}]
"""


def run_of(project, run_id: str):
    return project.client.get_run(run_id)


def said(project, run_id: str, path: str) -> str:
    return Path(project.client.download_artifacts(run_id, path)).read_text()


def test_candidates_are_runs_nested_in_one_with_the_board(project) -> None:
    here = project(TWO)
    told: list[tuple[str, str]] = []
    done = compare(here, notify=lambda name, doing: told.append((name, doing)))
    best, worst = done.board.entries
    assert (best.name, worst.name) == ("tfidf-svm", "dummy")
    assert best.accuracy.value == 1.0 and worst.accuracy.value == 0.5
    assert "tfidf-svm is better than dummy" in done.board.verdict()
    assert (done.board.train_texts, done.board.texts) == (48, 12)
    for entry in done.board.entries:
        run = run_of(here, entry.run_id)
        assert run.data.tags["mlflow.parentRunId"] == done.run_id
        assert run.info.status == "FINISHED" and run.info.run_name == entry.name
        assert run.data.metrics["validation_accuracy"] == entry.accuracy.value
        assert len(said(here, entry.run_id, "predictions.jsonl").splitlines()) == 12
    board = json.loads(said(here, done.run_id, "leaderboard/leaderboard.json"))
    assert board["verdict"] == done.board.verdict()
    assert [d for n, d in told if n == "dummy"] == ["training", "predicting", "done"]
    assert run_of(here, done.run_id).inputs.dataset_inputs


def test_what_ran_is_reused_and_only_what_changed_runs(project) -> None:
    first = compare(project(TWO))
    again = compare(
        project(
            TWO + "  - {kind: sklearn, name: nb, pipeline: [sklearn.naive_bayes.ComplementNB]}\n"
        )
    )
    reused = {entry.name: entry.reused for entry in again.board.entries}
    assert reused == {"tfidf-svm": True, "dummy": True, "nb": False}
    runs = {entry.name: entry.run_id for entry in first.board.entries}
    assert {e.name: e.run_id for e in again.board.entries if e.reused} == runs
    assert not any(e.reused for e in compare(project(TWO), fresh=True).board.entries)
    assert not any(e.reused for e in compare(project(TWO), seed=1).board.entries)
    assert not any(e.reused for e in compare(project(TWO), share=0.4).board.entries)


def test_new_texts_are_a_new_comparison(project, tmp_path: Path) -> None:
    here = project(TWO)
    compare(here)
    write_csv(here.folder / "data" / "test.csv", LabelledText(["x", "z"], ["y", "n"]))
    publish(here, "dataset:words", here.folder / "data")
    assert not any(entry.reused for entry in compare(here).board.entries)


def test_a_run_whose_predictions_are_gone_is_repeated(project) -> None:
    here = project(TWO)
    run_id = compare(here).board.entries[0].run_id
    (next((here.folder / "mlruns").rglob(f"{run_id}/artifacts/outcome.json"))).write_text("{}")
    reused = {entry.name: entry.reused for entry in compare(here).board.entries}
    assert reused == {"tfidf-svm": False, "dummy": True}


def test_a_failure_stops_nobody_and_is_tried_again(project) -> None:
    here = project(BROKEN + TWO)
    done = compare(here)
    assert [entry.name for entry in done.board.entries] == ["tfidf-svm", "dummy"]
    (failed,) = done.board.failures
    assert "The 'C' parameter of LinearSVC" in failed.reason
    run = run_of(here, failed.run_id)
    assert run.info.status == "FAILED" and run.data.tags["penstock.reason"] == failed.reason
    assert run_of(here, done.run_id).info.status == "FINISHED"
    again = compare(here)
    assert again.board.failures[0].run_id != failed.run_id
    assert all(entry.reused for entry in again.board.entries)


def test_the_best_transformer_is_handed_over_as_a_train_block(project, tmp_path: Path) -> None:
    base = make_base_model(tmp_path / "base")
    done = compare(project(f"""
  - {{kind: transformer, base_model: {base}, epochs: 2, max_length: 16, learning_rate: 0.005}}
"""))  # fmt: skip
    train = yaml.safe_load(done.winner)["train"]
    assert train["base_model"] == str(base) and train["epochs"] == 2 and train["batch_size"] == 32
    assert done.board.entries[0].size > 10_000
    assert compare(project(TWO)).winner is None


def test_no_candidate_and_too_few_texts_are_said(project) -> None:
    here = project("  []\n")
    with pytest.raises(ConfigError, match="there is no candidate to compare"):
        compare(here)
    with pytest.raises(DataError, match="2 texts are too few"):
        carve(LabelledText(["a", "b"], ["x", "y"]), 0.2, 0)


def test_equal_texts_stay_together() -> None:
    texts = [f"text {at // 3}" for at in range(90)]
    split = carve(LabelledText(texts, ["xy"[(at // 3) % 2] for at in range(90)]), 0.2, 0)
    assert not set(split.texts) & set(split.train_texts)
    assert len(split.texts) == 18 and split.labels.count("x") == 9
    other = carve(LabelledText(texts, ["xy"[(at // 3) % 2] for at in range(90)]), 0.2, 1)
    assert split.texts != other.texts


SLOW = """
import time
from pathlib import Path
from sklearn.dummy import DummyClassifier

class Slow(DummyClassifier):
    def fit(self, X, y):
        Path("started").touch()
        time.sleep(0 if Path("fast").exists() else 60)
        return super().fit(X, y)
"""


def test_a_killed_comparison_goes_on_where_it_was(project) -> None:
    here = project(TWO + "  - {kind: sklearn, name: slow, pipeline: [slow_one.Slow]}\n")
    (here.folder / "slow_one.py").write_text(SLOW)
    paths = [str(here.folder), *(p for p in sys.path if p)]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(paths)}
    command = [sys.executable, "-c", "from penstock.cli import main; main()", "compare"]

    def start(*more: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [*command, *more], cwd=here.folder, env=environment, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip

    process = start()
    deadline = time.monotonic() + 60
    while not (here.folder / "started").exists() and time.monotonic() < deadline:
        time.sleep(0.1)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    (here.folder / "fast").touch()
    process = start("--json")
    out, err = process.communicate(timeout=120)
    assert process.returncode == 0, out + err
    reused = {entry["name"]: entry["reused"] for entry in json.loads(out)["entries"]}
    assert reused == {"tfidf-svm": True, "dummy": True, "slow": False}


def test_mlflow_is_left_as_it_was(project) -> None:
    compare(project(TWO))
    assert mlflow.active_run() is None


@pytest.mark.parametrize("as_json", [False, True])
def test_the_command_shows_the_board_and_ends_with_4_where_one_failed(
    project, as_json: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    from typer.testing import CliRunner

    from penstock.cli.app import app

    monkeypatch.setenv("PENSTOCK_PROJECT", str(project(BROKEN + TWO).folder))
    done = CliRunner().invoke(app, ["compare", *(["--json"] if as_json else [])])
    assert done.exit_code == 4
    if as_json:
        board = json.loads(done.stdout)
        assert [entry["name"] for entry in board["entries"]] == ["tfidf-svm", "dummy"]
        assert board["failures"][0]["name"] == "broken"
    else:
        assert "tfidf-svm is better than dummy" in done.stdout and "broken" in done.stdout
    wrong = CliRunner().invoke(app, ["compare", "--share", "1.5"])
    assert wrong.exit_code == 2
