"""JSON Lines and CSV of any length: read from a file, a slice of records at a time."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import IO, AnyStr

from penstock.filters import Record
from penstock.scoring import contract
from penstock.scoring.sheet import open_sheet
from penstock.tables.encoding import encoding_of

__all__ = ["SLICE", "slices"]

SLICE = 1000
"""Records that are scored together; the next ones are read meanwhile."""

SLICE_BYTES = 2**20
START = 1000
"""Bytes by which an encoding is told."""


def slices(file: IO[bytes], content_type: str) -> Iterator[list[Record]]:
    """Yield the records of a body in UTF-8, at most `SLICE` or about a MiB at once.

    CSV may be in UTF-16, and `content_type` says whether it has a header.

    Raises
    ------
    RequestError : as `contract.decode`, but for the limits on the whole; a line has
        `contract.MAX_BODY` bytes at most.
    """
    sent = contract.media_type(content_type)
    if sent.kind == contract.JSON_LINES:
        return _json_slices(file)
    return _csv_slices(file, sent.header)


def _json_slices(file: IO[bytes]) -> Iterator[list[Record]]:
    records: list[Record] = []
    size = number = 0
    for line in _bounded(file):
        if not line.strip():
            continue
        number += 1
        records.append(contract.from_line(line, "utf-8", number))
        size += len(line)
        if len(records) == SLICE or size > SLICE_BYTES:
            yield records
            records, size = [], 0
    if records:
        yield records


def _csv_slices(file: IO[bytes], header: bool | None) -> Iterator[list[Record]]:
    encoding = encoding_of(file.read(START))
    file.seek(0)
    text = io.TextIOWrapper(file, encoding, newline="")
    rows: list[list[str]] = []
    done = size = 0
    try:
        sheet = open_sheet(_bounded(text), header)
        for row in sheet.rows:
            rows.append(row)
            size += sum(map(len, row))
            if len(rows) == SLICE or size > SLICE_BYTES:
                yield contract.from_rows(sheet.columns, rows, "data", done)
                done, rows, size = done + len(rows), [], 0
        yield contract.from_rows(sheet.columns, rows, "data", done)
    except UnicodeDecodeError:
        raise contract.no_text(encoding) from None
    finally:
        text.detach()  # or it would close the file


def _bounded(file: IO[AnyStr]) -> Iterator[AnyStr]:
    while line := file.readline(contract.MAX_BODY + 1):
        if len(line) > contract.MAX_BODY:
            raise contract.too_large()
        yield line
