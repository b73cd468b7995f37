"""The main job on data nobody here wrote: real sentences, through MLproject's entry points."""

import csv
from collections.abc import Callable
from pathlib import Path

import boto3
import pytest
from terminal import Terminal, commit

DATA = Path(__file__).parents[3] / "shared" / "data" / "enron-email-intent"
LINEAR_BASELINE = 0.786

pytestmark = [
    pytest.mark.shared_data,
    pytest.mark.skipif(not DATA.is_dir(), reason="shared/data/enron-email-intent is not here"),
]


def to_csv(source: Path, path: Path) -> None:
    lines = source.read_text(encoding="utf-8", errors="replace").split("\n")
    rows = [line.split("\t", 1) for line in lines if "\t" in line]
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, quoting=csv.QUOTE_ALL)
        writer.writerow(["intent", "sentence"])
        writer.writerows(row for row in rows if row[1].strip())


def entry_point(terminal: Terminal, name: str, *parameters: str) -> None:
    options = [part for parameter in parameters for part in ("-P", parameter)]
    done = terminal.run("mlflow", "run", ".", "-e", name, "--env-manager", "local", *options)
    assert done.returncode == 0, done.stdout + done.stderr


def test_all_five_entry_points_and_an_invocation(
    tmp_path: Path, terminal_in: Callable[[Path], Terminal]
) -> None:
    to_csv(DATA / "Ask0729-fixed.txt", tmp_path / "train.csv")
    to_csv(DATA / "testSet-qualifiedBatch-fixed.txt", tmp_path / "test.csv")
    terminal_in(tmp_path).json(
        "init", "asks", "--data", "train.csv", "--test-data", "test.csv",
        "--text", "sentence", "--label", "intent",
    )  # fmt: skip
    terminal = terminal_in(tmp_path / "asks")
    commit(terminal.folder)
    terminal.json("publish", "dataset:asks-texts", "data")
    host = terminal.json("local", "up", "--port", "0")
    try:
        entry_point(terminal, "train", "epochs=2")
        entry_point(terminal, "test")
        entry_point(terminal, "wrap")
        entry_point(terminal, "package")
        entry_point(terminal, "deploy", "target=staging")
        found = terminal.json("provenance", "asks-staging")
        assert found["report"]["accuracy"] > LINEAR_BASELINE
        client = boto3.client(
            "sagemaker-runtime",
            endpoint_url=host["url"],
            region_name="us-east-1",
            aws_access_key_id="local",
            aws_secret_access_key="local",
        )
        answer = client.invoke_endpoint(
            EndpointName="asks-staging",
            Body=b"Could you send me the contract by Friday?",
            ContentType="text/plain",
        )
        assert b'"label":"Yes"' in answer["Body"].read().replace(b" ", b"")
    finally:
        terminal.run("penstock", "local", "down")
