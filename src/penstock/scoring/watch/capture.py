"""Requests and answers kept for later, in SageMaker's data capture format.

Files are ``yyyy/mm/dd/hh/<time>-<id>.jsonl``, as Model Monitor reads them below endpoint and
variant. A line holds the texts as they came and the answer, both as JSON and redacted.
"""

from __future__ import annotations

import os
import random
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import msgspec

from penstock.filters import Record, redact
from penstock.scoring import contract
from penstock.scoring.watch.background import Background
from penstock.scoring.watch.figures import Figures

__all__ = ["Capture", "Captured"]

ROOM = 16 * 2**20
"""Characters that wait for a slow disk; what is beyond is counted and lost."""

OVERHEAD = 1024
"""Added to the characters of each text: its record and its answer."""

FILE_BYTES = 64 * 2**20
CLOSE_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Captured:
    """A request with its answer: `given` as it came, `answers` as it left."""

    given: Sequence[Record]
    answers: Sequence[Record]
    model: Mapping[str, Any]
    request_id: str
    attributes: str
    time: float

    @property
    def size(self) -> int:
        """About how many bytes it holds."""
        return sum(len(record.text) + OVERHEAD for record in self.given)


class Capture:
    """Writes some of the requests, in a thread, redacted.

    Parameters
    ----------
    folder : where the files go.
    percent : of the requests that are kept, from 0 to 100.
    figures : where it is counted what is written and what is lost.
    redacting : applied to every text of a request and of an answer.
    """

    def __init__(
        self,
        folder: Path,
        percent: float,
        figures: Figures,
        redacting: Callable[[str], str] = redact,
    ) -> None:
        self._files = _Files(folder)
        self._share = percent / 100
        self._figures, self._redact = figures, redacting
        self._writer = Background(self._write, ROOM, "capture")

    def wants(self) -> bool:
        """Return whether the next request is one to keep."""
        return random.random() < self._share  # noqa: S311 - a sample, no secret

    def put(self, captured: Captured) -> None:
        """Keep a request if there is room. Never waits."""
        if not self._writer.put(captured, captured.size):
            self._figures.capture.add("dropped")

    def close(self) -> None:
        """Write what is left, within bounds."""
        self._writer.close(CLOSE_SECONDS)

    def _write(self, captured: Captured) -> None:
        try:
            self._files.append(_line(captured, self._redact), captured.time)
        except OSError:
            self._figures.capture.add("dropped")
            raise
        self._figures.capture.add("written")


class _Files:
    """The file of the hour, or its successor when that is full."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._hour, self._size = "", 0
        self._file: BinaryIO | None = None

    def append(self, line: bytes, seconds: float) -> None:
        hour = time.strftime("%Y/%m/%d/%H", time.gmtime(seconds))
        if self._file is None or hour != self._hour or self._size > FILE_BYTES:
            self._file = self._open(hour, seconds)
        try:
            self._file.write(line)
            self._file.flush()
        except OSError:  # half a line may be there: the next one starts a new file
            self._file = None
            raise
        self._size += len(line)

    def _open(self, hour: str, seconds: float) -> BinaryIO:
        name = time.strftime("%Y-%m-%dT%H-%M-%S", time.gmtime(seconds)) + f"-{uuid.uuid4()}.jsonl"
        path = self._folder / hour / name
        path.parent.mkdir(parents=True, exist_ok=True)
        # What people wrote is for its owner only.
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        self._hour, self._size = hour, 0
        return os.fdopen(descriptor, "wb")


def _line(captured: Captured, redacting: Callable[[str], str]) -> bytes:
    # JSON can carry half of a surrogate pair in, and no UTF-8 can carry it out.
    texts = [
        redacting(record.text).encode("utf-8", "replace").decode() for record in captured.given
    ]
    answers = [_redacted(record, redacting) for record in captured.answers]
    output = contract.encode(answers, captured.model, captured.request_id)
    event = {
        "captureData": {
            "endpointInput": _part("INPUT", contract.ENCODER.encode({"inputs": texts})),
            "endpointOutput": _part("OUTPUT", output),
        },
        "eventMetadata": {
            "eventId": str(uuid.uuid4()),
            "inferenceId": captured.request_id,
            "customAttributes": [captured.attributes],
            "inferenceTime": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(captured.time)),
        },
        "eventVersion": "0",
    }
    return msgspec.json.encode(event) + b"\n"


def _part(mode: str, data: bytes) -> dict[str, str]:
    return {
        "observedContentType": contract.JSON,
        "mode": mode,
        "data": data.decode(),
        "encoding": "JSON",
    }


def _redacted(record: Record, redacting: Callable[[str], str]) -> Record:
    """A filter may have written a subject into the annotations, or a quotation as reason."""
    if not record.annotations and record.reason is None:
        return record
    annotations = {
        key: redacting(value) if isinstance(value, str) else value
        for key, value in record.annotations.items()
    }
    reason = record.reason if record.reason is None else redacting(record.reason)
    return record.replace(annotations=annotations, reason=reason)
