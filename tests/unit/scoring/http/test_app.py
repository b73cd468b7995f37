from __future__ import annotations

import asyncio
import json
import logging
import shutil
import threading
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest

from penstock.artifacts.manifest import write_manifest
from penstock.engines.scorer import TextScorer
from penstock.errors import ConfigError
from penstock.filters import Parameters, Pipeline, Record
from penstock.scoring import contract
from penstock.scoring.errors import HangError
from penstock.scoring.http.app import App, State
from penstock.scoring.process.settings import Settings
from penstock.scoring.watch.logs import JsonFormatter
from penstock.scoring.work import engine
from penstock.scoring.work.model import ServedModel

Answer = tuple[int, dict[str, str], Any]
SECRET = "a text no log may hold"


class Explode(Parameters, frozen=True):
    name: ClassVar[str] = "explode"

    def before(self, records: list[Record]) -> list[Record]:
        if any("bang" in record.text for record in records):
            raise RuntimeError(f"cannot stand {records[0].text}")
        return records


@pytest.fixture(scope="module")
def scorer(model_dir: Path) -> TextScorer:
    return TextScorer.load(model_dir, threads=1)


@pytest.fixture
def model(scorer: TextScorer) -> ServedModel:
    return ServedModel(scorer, Pipeline(), {"name": "intent", "version": "7"})


def play(app: App, scene: Callable[[App], Awaitable[Any]]) -> Any:
    async def main() -> Any:
        await app.start()
        try:
            return await asyncio.wait_for(scene(app), 20)
        finally:
            await app.stop()

    return asyncio.run(main())


async def call(
    app: App,
    path: str = "/invocations",
    body: bytes = b'{"inputs": ["yes"]}',
    method: str = "POST",
    **headers: str,
) -> Answer:
    sent: list[dict[str, Any]] = []
    chunks = [body[:10], body[10:]]

    async def receive() -> dict[str, Any]:
        if not chunks:
            await asyncio.Event().wait()
        return {"type": "http.request", "body": chunks.pop(0), "more_body": bool(chunks)}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    pairs = [(k.replace("_", "-").encode(), v.encode("latin-1")) for k, v in headers.items()]
    scope = {"type": "http", "method": method, "path": path, "headers": pairs}
    await app(scope, receive, send)
    found = {k.decode(): v.decode() for k, v in sent[0]["headers"]}
    assert int(found["content-length"]) == len(sent[1]["body"]) or method == "HEAD"
    content = sent[1]["body"]
    return sent[0]["status"], found, json.loads(content) if content.startswith(b"{") else content


def one(app: App, *arguments: Any, **options: Any) -> Answer:
    answer: Answer = play(app, lambda app: call(app, *arguments, **options))
    return answer


def test_an_answer_equals_predict_proba(model: ServedModel) -> None:
    texts = ["yes please", "42", "None", "", "no " * 600]
    body = json.dumps({"inputs": texts}).encode()
    status, headers, answer = one(App(lambda: model), body=body)
    assert (status, headers["content-type"]) == (200, "application/json")
    found = [list(prediction["scores"].values()) for prediction in answer["predictions"]]
    np.testing.assert_allclose(found, model.scorer.predict_proba(texts), atol=1e-4)
    assert answer["model"] == {"name": "intent", "version": "7"}
    assert answer["request_id"] == headers["x-request-id"]


def test_many_requests_at_once_each_get_their_own(model: ServedModel) -> None:
    texts = [f"{word} please {n}" for n in range(20) for word in ("yes", "no", "call")]

    async def scene(app: App) -> list[Answer]:
        bodies = [json.dumps({"inputs": [text] * (n % 3 + 1)}) for n, text in enumerate(texts)]
        return await asyncio.gather(*(call(app, body=body.encode()) for body in bodies))

    expected = model.scorer.predict_proba(texts)
    for n, (status, _, answer) in enumerate(play(App(lambda: model), scene)):
        assert status == 200
        assert len(answer["predictions"]) == n % 3 + 1
        for prediction in answer["predictions"]:
            found = list(prediction["scores"].values())
            np.testing.assert_allclose(found, expected[n], atol=1e-4)


ERRORS: list[tuple[dict[str, Any], int, str]] = [
    ({"path": "/nope"}, 404, "not_found"),
    ({"method": "GET"}, 405, "method_not_allowed"),
    ({"path": "/ping"}, 405, "method_not_allowed"),
    ({"accept": "text/html"}, 406, "not_acceptable"),
    ({"content_type": "image/png"}, 415, "unsupported_media_type"),
    ({"content_encoding": "gzip"}, 415, "unsupported_encoding"),
    ({"body": b"{"}, 400, "malformed_body"),
    ({"body": b"{}"}, 422, "invalid_request"),
    ({"body": b"x" * (contract.MAX_BODY + 1)}, 413, "body_too_large"),
    ({"content_length": str(contract.MAX_BODY + 1)}, 413, "body_too_large"),
]


@pytest.mark.parametrize(("request_", "status", "code"), ERRORS)
def test_every_error_has_the_envelope(
    model: ServedModel, request_: dict[str, Any], status: int, code: str
) -> None:
    found, headers, answer = one(App(lambda: model), **request_)
    assert (found, answer["error"]["code"]) == (status, code)
    assert set(answer) == {"error", "request_id"}
    assert set(answer["error"]) == {"code", "message", "hint"}
    assert headers["content-type"] == "application/json"
    assert headers["x-request-id"] == answer["request_id"]


def test_nothing_to_score_is_an_answer(model: ServedModel) -> None:
    status, _, answer = one(App(lambda: model), body=b'{"inputs": []}')
    assert (status, answer["predictions"]) == (200, [])


def test_the_pipeline_decides(scorer: TextScorer) -> None:
    spec = {
        "before": [
            {"filter": "drop_auto_replies"},
            {"filter": "refuse_oversize", "max_characters": 10},
            {"filter": "cache"},
        ],
        "after": [{"filter": "suppress_below", "threshold": 1.0}],
    }
    model = ServedModel(scorer, Pipeline.from_dict(spec), {"version": None})

    async def scene(app: App) -> list[str]:
        statuses = []
        for texts in (["yes", "far too long a text"], ["yes"]):
            _, _, answer = await call(app, body=json.dumps({"inputs": texts}).encode())
            statuses += [prediction["status"] for prediction in answer["predictions"]]
        mail = b"Auto-Submitted: auto-replied\n\nyes"
        _, _, answer = await call(app, body=mail, content_type="message/rfc822")
        return [*statuses, answer["predictions"][0]["reason"]]

    assert play(App(lambda: model), scene) == [
        "suppressed",
        "not_scored",
        "suppressed",
        "auto_reply: header Auto-Submitted",
    ]


def test_a_filter_that_raises_fails_its_record_by_name_and_leaks_nothing(
    scorer: TextScorer, caplog: pytest.LogCaptureFixture
) -> None:
    model = ServedModel(scorer, Pipeline([Explode()]), {"version": None})
    body = json.dumps({"inputs": ["yes", f"{SECRET} bang"]}).encode()
    with caplog.at_level(logging.DEBUG):
        status, _, answer = one(App(lambda: model), body=body)
    assert status == 200
    good, bad = answer["predictions"]
    assert (good["status"], "decided_by" in good) == ("scored", False)
    assert bad == {
        "label": None,
        "score": None,
        "scores": {},
        "status": "not_scored",
        "reason": "failed: RuntimeError",
        "decided_by": "explode",
    }
    logs = "\n".join(JsonFormatter().format(record) for record in caplog.records)
    assert "filter 'explode' failed on 1 records: RuntimeError" in logs
    assert SECRET not in logs + json.dumps(answer)
    assert "Traceback" not in logs + json.dumps(answer)


class Fragile:
    """A scorer whose engine fails while `broken`."""

    def __init__(self, scorer: TextScorer) -> None:
        self.broken = False
        self._scorer = scorer

    def __getattr__(self, name: str) -> Any:
        return getattr(self._scorer, name)

    def logits(self, rows: Any) -> Any:
        if self.broken:
            raise RuntimeError("the engine is broken")
        return self._scorer.logits(rows)


async def _until(condition: Callable[[], bool]) -> None:
    while not condition():
        await asyncio.sleep(0.005)


def test_a_broken_engine_is_told_and_recovers_without_a_request(
    scorer: TextScorer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "REPLACE_EVERY", 0.05)
    fragile = Fragile(scorer)
    model = ServedModel(fragile, Pipeline(), {"version": None})  # type: ignore[arg-type]

    async def scene(app: App) -> None:
        fragile.broken = True
        status, headers, answer = await call(app)
        assert (status, answer["error"]["code"]) == (503, "engine_failed")
        assert headers["retry-after"] == "1"
        assert "broken" not in json.dumps(answer)
        assert (await call(app, "/ping", b"", "GET"))[0] == 503
        fragile.broken = False
        await _until(lambda: app.state is State.READY)
        assert (await call(app))[0] == 200

    play(App(lambda: model), scene)


def test_an_engine_that_does_not_come_back_ends_the_server(
    scorer: TextScorer, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate = threading.Event()

    class Stuck(Fragile):
        def logits(self, rows: Any) -> Any:
            if self.broken:
                gate.wait(10)
            return self._scorer.logits(rows)

    fragile, failures = Stuck(scorer), list[BaseException]()
    model = ServedModel(fragile, Pipeline(), {"version": None})  # type: ignore[arg-type]

    async def scene(app: App) -> None:
        fragile.broken = True
        status, _, answer = await call(app)
        assert (status, answer["error"]["code"]) == (503, "deadline_exceeded")
        await _until(lambda: bool(failures))
        assert (await call(app, "/ping", b"", "GET"))[0] == 503

    try:
        play(App(lambda: model, failures.append, Settings(deadline=0.2)), scene)
    finally:
        gate.set()
    assert isinstance(failures[0], HangError)


class Hang(Parameters, frozen=True):
    name: ClassVar[str] = "hang"

    def before(self, records: list[Record]) -> list[Record]:
        if records[0].text == "hang":
            GATE.wait(10)
        return records


GATE = threading.Event()


def test_a_filter_that_hangs_is_bounded_and_others_are_answered(scorer: TextScorer) -> None:
    model = ServedModel(scorer, Pipeline([Hang()]), {"version": None})
    hang = b'{"inputs": ["hang"]}'

    async def scene(app: App) -> tuple[list[Answer], Answer]:
        waiting = [asyncio.create_task(call(app, body=hang)) for _ in range(3)]
        while (good := await call(app))[0] != 200:
            pass  # a machine with other work may need more than this test's deadline
        return await asyncio.gather(*waiting), good

    try:
        late, good = play(App(lambda: model, settings=Settings(deadline=0.3)), scene)
    finally:
        GATE.set()
    assert good[0] == 200
    for status, headers, answer in late:
        assert (status, answer["error"]["code"]) == (503, "deadline_exceeded")
        assert headers["retry-after"] == "1"


def test_a_request_too_many_is_told_to_come_back(model: ServedModel) -> None:
    async def scene(app: App) -> list[Answer]:
        body = json.dumps({"inputs": ["yes " * 100] * 50}).encode()
        return await asyncio.gather(*(call(app, body=body) for _ in range(8)))

    answers = play(App(lambda: model, settings=Settings(max_requests=2)), scene)
    assert {status for status, _, _ in answers} == {200, 503}
    assert all(h["retry-after"] == "1" for status, h, _ in answers if status == 503)


def test_a_stream_that_fails_says_so_in_its_last_line_and_has_no_end(scorer: TextScorer) -> None:
    """With its status gone, a missing end is all that tells a client that lines are missing."""
    fragile = Fragile(scorer)
    model = ServedModel(fragile, Pipeline(), {"version": None})  # type: ignore[arg-type]
    body = json.dumps("yes please").encode() + b"\n"
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body * 3000, "more_body": False}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)
        fragile.broken = len(sent) == 2  # the first slice has left

    async def scene(app: App) -> None:
        kind = b"application/jsonlines"
        headers = [(b"content-type", kind), (b"accept", kind)]
        scope = {"type": "http", "method": "POST", "path": "/invocations", "headers": headers}
        await app(scope, receive, send)

    play(App(lambda: model), scene)
    assert sent[0]["status"] == 200
    assert b"content-length" not in dict(sent[0]["headers"])
    assert len(sent[1]["body"].splitlines()) == 1000
    assert json.loads(sent[-1]["body"])["error"]["code"] == "engine_failed"
    assert sent[-1]["more_body"]


def test_requests_are_kept_as_they_came(scorer: TextScorer, tmp_path: Path) -> None:
    spec = {"before": [{"filter": "refuse_oversize", "max_characters": 3}]}
    model = ServedModel(scorer, Pipeline.from_dict(spec), {"version": "7"})
    settings = Settings(capture_dir=tmp_path, capture_percent=100)
    body = b'{"inputs": ["yes", "far too long"]}'
    _, headers, answer = one(App(lambda: model, settings=settings), body=body)
    (file,) = tmp_path.rglob("*.jsonl")
    event = json.loads(file.read_text())
    parts = event["captureData"]
    assert json.loads(parts["endpointInput"]["data"]) == json.loads(body)
    assert json.loads(parts["endpointOutput"]["data"]) == answer
    attributes = headers["x-amzn-sagemaker-custom-attributes"]
    assert event["eventMetadata"]["customAttributes"] == [attributes]


def test_ping_and_invocations_wait_for_the_model(model: ServedModel) -> None:
    async def main() -> list[int]:
        app = App(lambda: model)
        early = [
            await call(app, "/ping", b"", "GET"),
            await call(app),
            await call(app, "/info", b"", "GET"),
        ]
        assert early[1][1]["retry-after"] == "1"
        await app.start()
        late = [await call(app, "/ping", b"", "GET"), await call(app)]
        app.drain()
        late += [await call(app, "/ping", b"", "GET"), await call(app)]
        assert late[3][1]["connection"] == "close"
        await app.stop()
        return [answer[0] for answer in early + late]

    assert asyncio.run(main()) == [503, 503, 503, 200, 200, 503, 200]


def test_a_model_that_cannot_be_loaded_is_told(tmp_path: Path) -> None:
    failures: list[BaseException] = []
    app = App(lambda: ServedModel.load(tmp_path), failures.append)
    status, _, _ = one(app, "/ping", b"", "GET")
    assert (status, app.state, len(failures)) == (503, State.FAILED, 1)


def test_batch_transform_is_told_what_suits_the_container(model: ServedModel) -> None:
    status, headers, answer = one(App(lambda: model), "/execution-parameters", b"", "GET")
    assert (status, headers["content-type"]) == (200, "application/json")
    assert answer == {
        "MaxConcurrentTransforms": 8,
        "BatchStrategy": "MULTI_RECORD",
        "MaxPayloadInMB": 6,
    }


@pytest.mark.parametrize(
    ("headers", "kept"),
    [
        ({"x_amzn_sagemaker_inference_id": "abc-1"}, "abc-1"),
        ({"x_request_id": "r:2"}, "r:2"),
        ({"x_request_id": 'x"\nevil'}, None),
        ({"x_request_id": "a" * 129}, None),
        ({"x_request_id": "é"}, None),
    ],
)
def test_the_request_id_is_the_clients_if_it_is_sane(
    model: ServedModel, headers: dict[str, str], kept: str | None
) -> None:
    _, _, answer = one(App(lambda: model), **headers)
    assert (answer["request_id"] == kept) if kept else len(answer["request_id"]) == 36


@pytest.mark.parametrize(("given", "kept"), [("trace=1", True), ("é", False), ("a" * 1024, False)])
def test_custom_attributes_come_back(model: ServedModel, given: str, kept: bool) -> None:
    headers = {"x_amzn_sagemaker_custom_attributes": given, "x_request_id": "id"}
    _, found, _ = one(App(lambda: model), **headers)
    value = found["x-amzn-sagemaker-custom-attributes"]
    own = "model_version=7; request_id=id"
    assert value == (f"{given}; {own}" if kept else own)


def test_the_pipeline_names_the_engine(model_dir: Path, tmp_path: Path) -> None:
    folder = tmp_path / "model"
    shutil.copytree(model_dir, folder)
    (folder / "pipeline.yaml").write_text("engine: onnxruntime-fp32\n")
    write_manifest(folder)
    with pytest.raises(ConfigError, match="the model has no engine 'onnxruntime-fp32'"):
        ServedModel.load(folder, threads=1)
    (folder / "pipeline.yaml").write_text("engine: openvino-fp32\n")
    write_manifest(folder)
    assert ServedModel.load(folder, threads=1).pipeline.engine == "openvino-fp32"


def test_served_model_reads_what_made_it(model_dir: Path) -> None:
    environment = {"PENSTOCK_MODEL_NAME": "intent", "PENSTOCK_STAGE": "staging"}
    model = ServedModel.load(model_dir, 1, environment)
    assert model.metadata["digest"].startswith("sha256:")
    assert {k: v for k, v in model.metadata.items() if k != "digest"} == {
        "name": "intent",
        "version": None,
        "stage": "staging",
        "run_id": "0f" * 16,
        "commit": "0123456789abcdef0123456789abcdef01234567",
        "dataset": "dataset:replies@3",
    }
    assert model.info()["pipeline"] == {"format": 1, "before": [], "after": []}
    assert [r.status for r in model.predict([Record("yes")])] == ["scored"]
