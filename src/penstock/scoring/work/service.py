"""A loaded model at work: bodies in, answers out."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator
from dataclasses import dataclass
from typing import IO, Any, TypeVar

from penstock.engines.base import Float32
from penstock.engines.tokens import Tokens
from penstock.filters import Record, answered
from penstock.scoring import contract
from penstock.scoring.errors import EngineError
from penstock.scoring.request import Request, Response, custom_attributes
from penstock.scoring.watch.capture import Capture, Captured
from penstock.scoring.watch.figures import Figures
from penstock.scoring.work.batcher import Batcher, BusyError
from penstock.scoring.work.body import read_body, spool_body
from penstock.scoring.work.cuts import Packs, Rectangles
from penstock.scoring.work.engine import GuardedEngine
from penstock.scoring.work.lines import slices
from penstock.scoring.work.model import ServedModel
from penstock.scoring.work.threads import Threads
from penstock.scoring.work.traffic import Traffic

__all__ = ["Service"]

T = TypeVar("T")
Pieces = AsyncGenerator[bytes, None]
Call = Callable[[Callable[[], Any]], Awaitable[Any]]

# Above this many bytes a body is worked on in a thread: other requests do not wait for it.
INLINE_BYTES = 32 * 1024
# Filters of other packages may wait for something; large bodies only need cores.
THREADS, FOREIGN_THREADS = 2, 16
# Bodies on disk at once; /execution-parameters asks for fewer at a time.
MAX_SPOOLED = 16
# Tokens for each row of a rectangle that is full.
ROW_TOKENS = 32
# A row that any model takes, to see whether a broken engine works again.
PROBE = [[0] * 4]


@dataclass(slots=True)
class Prepared:
    """Records as they were `given` and after the filters before the model; the texts of
    `pending` go to it as `tokens`.
    """

    given: list[Record]
    records: list[Record]
    pending: list[int]
    tokens: Tokens


class Service:
    """Answers `/invocations` with a model.

    Parameters
    ----------
    model : loaded and warm.
    traffic : where the bytes of bodies are counted.
    figures : where everything else is counted.
    capture : where some requests are kept, if any are.
    batcher : arguments for the `Batcher`.
    """

    def __init__(
        self,
        model: ServedModel,
        traffic: Traffic,
        figures: Figures,
        capture: Capture | None = None,
        **batcher: int,
    ) -> None:
        self.model = model
        self._traffic, self._figures, self._capture = traffic, figures, capture
        scorer, rows = model.scorer, model.scorer.batch_rows
        cut = Packs() if scorer.packs else Rectangles(rows, rows * ROW_TOKENS)
        self.engine = GuardedEngine(model, figures, traffic.deadline)
        self._batcher = Batcher(self.engine, lanes=scorer.streams, cut=cut, **batcher)
        self._probe: asyncio.Task[None] | None = None
        self._may_block = model.pipeline.may_block
        self.threads = Threads(FOREIGN_THREADS if self._may_block else THREADS)

    async def start(self) -> None:
        """Start the batcher."""
        await self._batcher.start()

    async def stop(self) -> None:
        """Stop at once."""
        await self._batcher.stop()
        self.threads.stop()

    def look(self) -> None:
        """Mend what can be mended. Call it often."""
        self.threads.replace_hung()
        if self.engine.wants_probe and (self._probe is None or self._probe.done()):
            self._probe = asyncio.create_task(self._try_engine(), name="probe")

    async def _try_engine(self) -> None:
        with contextlib.suppress(EngineError, BusyError):
            await self._batcher.submit(PROBE)

    @property
    def healthy(self) -> bool:
        """Whether it can still answer."""
        return self.threads.healthy and self.engine.healthy and not self.engine.hangs

    @property
    def waiting(self) -> int:
        """Rows that wait for the engine."""
        return self._batcher.waiting

    async def invoke(self, request: Request) -> Response:
        """Return the answer to a request.

        Raises
        ------
        RequestError, ClientGone, BusyError : as `failures.failure` takes them.
        """
        kind = contract.negotiate(request.headers.get("accept"))
        if kind == contract.JSON_LINES and (lines := _lines_of(request)):
            return await self._invoke_lines(request, lines)
        body = await read_body(request, self._traffic)
        small = len(body) <= INLINE_BYTES and not self._may_block
        call = _at_once if small else self.threads.run
        content_type = request.headers.get("content-type")
        prepared = await call(lambda: self._prepare(contract.decode(body, content_type)))
        request.records = len(prepared.records)
        content = await self._score(prepared, request, kind, call)
        return Response(200, content, kind, [self._attributes(request)])

    async def _invoke_lines(self, request: Request, kind: str) -> Response:
        """Answer many lines as they are scored; all of them are checked before the first."""
        if self._traffic.spooled >= MAX_SPOOLED:
            raise BusyError(f"{MAX_SPOOLED} large bodies are being read, limit as many")
        request.spooled = True
        file = await spool_body(request, self.threads)
        try:
            count = await self.threads.run(lambda: sum(map(len, slices(file, kind))))
        except BaseException:  # also when its client left: no file stays open
            file.close()
            raise
        request.records = count
        stream = self._stream(request, file, kind)
        attributes = [self._attributes(request)]
        return Response(200, b"", contract.JSON_LINES, attributes, stream)

    async def _stream(self, request: Request, file: IO[bytes], kind: str) -> Pieces:
        file.seek(0)
        with file:
            batches = slices(file, kind)
            prepared = await self._next(batches)
            while prepared is not None:
                # The deadline is one of each slice, not of them all.
                request.started = time.perf_counter()
                content, prepared = await asyncio.gather(
                    self._score(prepared, request, contract.JSON_LINES, self.threads.run),
                    self._next(batches),
                )
                yield content

    async def _next(self, batches: Iterator[list[Record]]) -> Prepared | None:
        def prepare() -> Prepared | None:
            given = next(batches, None)
            return None if given is None else self._prepare(given)

        return await self.threads.run(prepare)

    async def _score(self, prepared: Prepared, request: Request, kind: str, call: Call) -> bytes:
        rows = prepared.tokens.rows
        logits = await self._batcher.submit(rows) if rows else None
        content: bytes = await call(lambda: self._finish(prepared, logits, request, kind))
        return content

    def _prepare(self, given: list[Record]) -> Prepared:
        records = self.model.pipeline.before(given)
        pending = [row for row, record in enumerate(records) if record.pending]
        tokens = self.model.scorer.encode([records[row].text for row in pending])
        return Prepared(given, records, pending, tokens)

    def _finish(
        self, prepared: Prepared, logits: Float32 | None, request: Request, kind: str
    ) -> bytes:
        records, pending = prepared.records, prepared.pending
        if logits is not None:
            scores = self.model.scorer.read(logits, prepared.tokens)
            answers = answered([records[row] for row in pending], scores, self.model.scorer)
            for row, record in zip(pending, answers, strict=True):
                records[row] = record
        records = self.model.pipeline.after(records)
        self._figures.answered(records)
        if self._capture is not None and self._capture.wants():
            self._capture.put(self._captured(prepared.given, records, request))
        return contract.encode(records, self.model.metadata, request.request_id, kind)

    def _captured(self, given: list[Record], answers: list[Record], request: Request) -> Captured:
        attributes = self._attributes(request)[1].decode()
        metadata, id_ = self.model.metadata, request.request_id
        return Captured(given, answers, metadata, id_, attributes, time.time())

    def _attributes(self, request: Request) -> tuple[bytes, bytes]:
        return custom_attributes(request, self.model.metadata["version"])


def _lines_of(request: Request) -> str | None:
    """Return the content type of a body that is answered line by line, if it is one."""
    length = request.headers.get("content-length", "")
    if length.isdecimal() and int(length) <= INLINE_BYTES:
        return None
    content_type = request.headers.get("content-type")
    sent = contract.media_type(content_type)
    lines = sent.kind in (contract.JSON_LINES, contract.CSV) and sent.charset == "utf-8"
    return content_type if lines else None


async def _at_once(work: Callable[[], T]) -> T:
    return work()
