"""`penstock provenance` prints no password, and says why no commit is named."""

from types import SimpleNamespace

import pytest

from penstock.cli.output import State
from penstock.cli.score import print_provenance
from penstock.provenance.record import Provenance
from penstock.stages.versions import Version


def record(reason: str | None) -> Provenance:
    return Provenance(
        commit=None, dirty=None, diff_sha256=None, run_id="r", environment_sha256="e",
        dataset={"reference": "dataset:x@1", "digest": "sha256:0"},
        penstock="0", python="3", created="now", git_reason=reason,
    )  # fmt: skip


def trace(reason: str | None) -> SimpleNamespace:
    return SimpleNamespace(
        provenance=record(reason), report=None, endpoint=None, regions=[], wheels=[],
        version=Version("x", "1", "sha256:0", None, {}),
    )  # fmt: skip


def test_a_model_of_an_earlier_penstock_has_no_commit_and_no_reason(capsys, monkeypatch):
    monkeypatch.setattr(State, "json", False)
    print_provenance(trace(None), "sqlite:///mlflow.db")
    printed = capsys.readouterr()
    assert "None" not in printed.out + printed.err
    assert "git named none" in " ".join(printed.err.split())


@pytest.mark.parametrize(
    "uri", ["https://me:hunter2@mlflow.example.com", "postgresql://me:hunter2@db/mlflow"]
)
def test_the_tracking_uri_has_no_password(uri, capsys, monkeypatch):
    monkeypatch.setattr(State, "json", False)
    said = str(print_provenance(trace("fatal: no repository"), uri)) + "".join(
        printed := capsys.readouterr()
    )
    assert "hunter2" not in said
    assert "names no commit: fatal: no repository" in " ".join(printed.err.split())
    assert "***@" in said
