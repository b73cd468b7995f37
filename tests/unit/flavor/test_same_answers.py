"""One pipeline, three places: scikit-learn, the python function and the container agree."""

from __future__ import annotations

import asyncio
import copy
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from penstock import flavor
from penstock.engines.scorer import TextScorer
from penstock.filters import Pipeline, Record
from penstock.modeling import wrapped
from penstock.scoring import contract
from penstock.scoring.http.app import App
from penstock.scoring.work.model import ServedModel

SPEC: dict[str, Any] = {
    "before": [
        {"filter": "limit_size", "max_characters": 400, "max_tokens": 50},
        {"filter": "drop_auto_replies"},
        {"filter": "cut_reply"},
        {"filter": "normalise"},
        {"filter": "redact"},
        {"filter": "require_fields"},
        {"filter": "cache"},
    ],
    "after": [
        {"filter": "rules", "rules": [{"when": 'word(text, "urgent")', "label": "no"}]},
        {"filter": "suppress_below", "threshold": 0.6, "classes": {"no": 1.0}},
        {"filter": "map_labels", "labels": {"yes": "Interested"}},
        {"filter": "top_k", "k": 1},
        {"filter": "add_metadata", "fields": ["characters", "decided_by"]},
    ],
}
TEXTS = [
    *("yes please", "no thanks", "42", "None", "", " \n", "a\0b", "\U0001f600 yes"),
    *("yes\n\nOn 4 Mar 2024, Ann wrote:\n> no no no", "yes urgent", "write to a@example.com"),
    *("This is an automated reply.", "yes " * 60, "x" * 401, "maybe yes maybe no"),
]


@pytest.fixture(scope="module")
def folder(fitted, tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("same")
    flavor.save_model(fitted, root / "trained", engine="fp32")
    flavor.save_wrapped(root / "trained", root / "wrapped", SPEC)
    return root / "wrapped"


@pytest.fixture(scope="module")
def served(folder: Path) -> list[dict[str, Any]]:
    """What the container's own application says of each text, asked one by one.

    One by one, because an engine's sums depend on the batch it pads.
    """
    return asyncio.run(ask(folder, TEXTS))


async def ask(folder: Path, texts: list[str]) -> list[dict[str, Any]]:
    app = App(lambda: ServedModel.load(folder, 1))
    await app.start()
    answers = [prediction for text in texts for prediction in await one(app, text)]
    await app.stop()
    return answers


async def one(app: App, text: str) -> list[dict[str, Any]]:
    body = json.dumps({"inputs": [text]}).encode()
    messages: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
    messages.put_nowait({"type": "http.request", "body": body})
    sent: list[dict[str, Any]] = []

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    scope = {"type": "http", "method": "POST", "path": "/invocations", "headers": []}
    await app(scope, messages.get, send)
    predictions: list[dict[str, Any]] = json.loads(sent[1]["body"])["predictions"]
    return predictions


def said(records: list[Record]) -> list[dict[str, Any]]:
    """What the container would write of these records."""
    written: list[dict[str, Any]] = json.loads(contract.encode(records, {}, ""))["predictions"]
    return written


def assert_same(found: list[dict[str, Any]], expected: list[dict[str, Any]], atol: float) -> None:
    assert len(found) == len(expected)
    for one, other in zip(found, expected, strict=True):
        scores = [list(item.pop("scores").values()) for item in (one, other)]
        np.testing.assert_allclose(*scores, atol=atol)
        values = [item.pop("score") or 0.0 for item in (one, other)]
        assert abs(values[0] - values[1]) <= atol
        assert one == other


def test_the_same_engine_says_the_same_to_the_bit(folder: Path, served: Any) -> None:
    made = wrapped(TextScorer.load(folder, 1), Pipeline.from_file(folder / "pipeline.yaml"))
    assert [said(made.transform([text]))[0] for text in TEXTS] == served
    assert {item["status"] for item in served} == {"scored", "suppressed", "not_scored"}
    assert {"limit_size", "rules"} <= {item.get("decided_by") for item in served}


def test_torch_says_the_same(fitted: Any, served: Any) -> None:
    made = wrapped(fitted, SPEC)
    records = made.transform(TEXTS)
    assert_same(said(records), copy.deepcopy(served), atol=1e-4)
    labels = made.named_steps["answers"].predict(records).tolist()
    assert labels == [item["label"] for item in served]


def test_the_python_function_says_the_same(folder: Path, served: Any) -> None:
    frame = flavor.load_pyfunc(folder).predict(TEXTS)
    for name in ("label", "status", "reason"):
        found = [value if isinstance(value, str) else None for value in frame[name]]
        assert found == [item[name] for item in served]
