"""Requests and answers kept for later."""

from __future__ import annotations

import json
import stat
import threading
from pathlib import Path
from typing import Any

import pytest

from penstock.filters import Record
from penstock.scoring.watch import capture
from penstock.scoring.watch.capture import Capture, Captured
from penstock.scoring.watch.figures import Figures

TIME = 1_790_000_000.0  # 2026-09-21T14:13:20Z


def captured(text: str = "yes", seconds: float = TIME, **answer: Any) -> Captured:
    scored = Record(text).scored([0.25, 0.75], ["no", "yes"]).replace(**answer)
    return Captured([Record(text)], [scored], {"name": "intent"}, "id-1", "version=7", seconds)


def written(folder: Path) -> list[dict[str, Any]]:
    files = sorted(folder.rglob("*.jsonl"))
    return [json.loads(line) for file in files for line in file.read_text().splitlines()]


def total(figures: Figures) -> dict[str, float]:
    return dict(figures.capture.samples())


def test_a_line_has_sagemakers_form(tmp_path: Path) -> None:
    figures = Figures()
    kept = Capture(tmp_path, 100, figures)
    kept.put(captured("yes, call +44 20 7946 0958"))
    kept.close()
    (event,) = written(tmp_path)
    given, output = (event["captureData"][side] for side in ("endpointInput", "endpointOutput"))
    assert json.loads(given.pop("data")) == {"inputs": ["yes, call [phone]"]}
    answer = json.loads(output.pop("data"))
    assert answer["predictions"][0]["label"] == "yes"
    assert (answer["model"], answer["request_id"]) == ({"name": "intent"}, "id-1")
    for part, mode in ((given, "INPUT"), (output, "OUTPUT")):
        assert part == {
            "observedContentType": "application/json",
            "mode": mode,
            "encoding": "JSON",
        }
    metadata = event["eventMetadata"]
    assert len(metadata.pop("eventId")) == 36
    assert metadata == {
        "inferenceId": "id-1",
        "customAttributes": ["version=7"],
        "inferenceTime": "2026-09-21T14:13:20Z",
    }
    assert event["eventVersion"] == "0"
    assert total(figures) == {'{outcome="written"}': 1}


def test_files_are_by_the_hour_and_private(tmp_path: Path) -> None:
    kept = Capture(tmp_path, 100, Figures())
    for seconds in (TIME, TIME + 1, TIME + 3600):
        kept.put(captured(seconds=seconds))
    kept.close()
    files = sorted(tmp_path.rglob("*.jsonl"))
    assert [str(file.parent.relative_to(tmp_path)) for file in files] == [
        "2026/09/21/14",
        "2026/09/21/15",
    ]
    assert [len(file.read_text().splitlines()) for file in files] == [2, 1]
    assert all(stat.S_IMODE(file.stat().st_mode) == 0o600 for file in files)


def test_a_full_file_has_a_successor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(capture, "FILE_BYTES", 10)
    kept = Capture(tmp_path, 100, Figures())
    for _ in range(3):
        kept.put(captured())
    kept.close()
    assert len(list(tmp_path.rglob("*.jsonl"))) == 3


def test_what_a_filter_wrote_is_redacted_too(tmp_path: Path) -> None:
    kept = Capture(tmp_path, 100, Figures())
    kept.put(captured(annotations={"subject": "for ann@example.com", "n": 1}, reason="a@b.example"))
    kept.close()
    content = next(tmp_path.rglob("*.jsonl")).read_text()
    assert "for [email]" in content
    assert "@" not in content


def test_half_a_surrogate_pair_is_kept_as_a_question_mark(tmp_path: Path) -> None:
    kept = Capture(tmp_path, 100, Figures())
    kept.put(captured("a\ud800b"))
    kept.close()
    (event,) = written(tmp_path)
    assert json.loads(event["captureData"]["endpointInput"]["data"]) == {"inputs": ["a?b"]}


def test_a_slow_disk_takes_what_fits_and_the_rest_is_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(capture, "ROOM", 3 * (capture.OVERHEAD + 3))
    gate = threading.Event()

    def slow(text: str) -> str:
        gate.wait(5)
        return text

    figures = Figures()
    kept = Capture(tmp_path, 100, figures, slow)
    for _ in range(10):
        kept.put(captured())
    gate.set()
    kept.close()
    found = total(figures)
    assert found['{outcome="dropped"}'] in (6, 7)
    assert sum(found.values()) == 10
    assert len(written(tmp_path)) == found['{outcome="written"}']


def test_a_disk_that_fails_is_counted(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    figures = Figures()
    kept = Capture(tmp_path / "file", 100, figures)
    kept.put(captured())
    kept.close()
    assert total(figures) == {'{outcome="dropped"}': 1}


@pytest.mark.parametrize(("percent", "low", "high"), [(0, 0, 0), (100, 1000, 1000), (20, 100, 300)])
def test_a_share_is_kept(tmp_path: Path, percent: float, low: int, high: int) -> None:
    kept = Capture(tmp_path, percent, Figures())
    assert low <= sum(kept.wants() for _ in range(1000)) <= high
    kept.close()
