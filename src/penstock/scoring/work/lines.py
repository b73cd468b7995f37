"""JSON Lines and CSV of any length: read from a file, a slice of records at a time."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from typing import IO, AnyStr

from penstock.filters import Record
from penstock.scoring import contract

__all__ = ["SLICE", "slices"]

SLICE = 1000
"""Records that are scored together; the next ones are read meanwhile."""

SLICE_BYTES = 2**20


def slices(file: IO[bytes], content_type: str) -> Iterator[list[Record]]:
    """Yield the records of a body in UTF-8, at most `SLICE` or about a MiB at once.

    Raises
    ------
    RequestError : as `contract.decode`, but for the limits on the whole; a line has
        `contract.MAX_BODY` bytes at most.
    """
    return _json_slices(file) if content_type == contract.JSON_LINES else _csv_slices(file)


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


def _csv_slices(file: IO[bytes]) -> Iterator[list[Record]]:
    text = io.TextIOWrapper(file, "utf-8-sig", newline="")
    reader = csv.reader(_bounded(text), strict=True)
    columns: list[str] | None = None
    rows: list[list[str]] = []
    done = size = 0
    try:
        for row in filter(None, reader):
            if columns is None:
                columns = row
                continue
            rows.append(row)
            size += sum(map(len, row))
            if len(rows) == SLICE or size > SLICE_BYTES:
                yield contract.from_rows(columns, rows, "data", done)
                done, rows, size = done + len(rows), [], 0
        yield contract.from_rows(columns, rows, "data", done)
    except csv.Error as error:
        raise contract.no_csv(error, reader.line_num) from None
    except UnicodeDecodeError:
        raise contract.no_text("utf-8") from None
    finally:
        text.detach()  # or it would close the file


def _bounded(file: IO[AnyStr]) -> Iterator[AnyStr]:
    while line := file.readline(contract.MAX_BODY + 1):
        if len(line) > contract.MAX_BODY:
            raise contract.too_large()
        yield line
