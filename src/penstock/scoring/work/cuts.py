"""Which of the rows that wait go into one call of the engine."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple, Protocol

from penstock.engines.packing import SIZES, room
from penstock.engines.padding import bucket

__all__ = ["Cut", "Packs", "Rectangles", "Row"]

CALL_TOKENS = 28
"""What a call of the engine costs beside its tokens, in tokens. Measured with MiniLM-L6 int8 on
one core, where a token takes 34 us: some 12 for the call (1 row of 16 tokens 0.97 ms, 4 rows
2.62 ms), and 16 to 20 because its shape is not that of the call before."""

FAR = 1 << 30


class Row(NamedTuple):
    """One row of a job; rows sort by the tokens that they take, then by age."""

    width: int
    age: int
    job: Any
    row: int


class Cut(Protocol):
    """Cuts batches out of a pool of rows, which is kept sorted."""

    def width(self, length: int) -> int:
        """Return the tokens that a row of so many takes in a call."""
        ...

    def enough(self, pool: Sequence[Row]) -> bool:
        """Whether the rows fill a call."""
        ...

    def cut(self, pool: list[Row], share: int) -> list[Row]:
        """Take a batch with the oldest row and at most `share` rows out of a pool of some."""
        ...


class Packs:
    """For an engine that puts short texts one behind the other: the oldest that fit.

    A row of 128 tokens is the cheapest for each text where many wait, one of 64 where few do:
    measured under 64 connections it gave 14 % more texts, under 16 it gave 18 % less.
    """

    few, many = SIZES[-2:]

    def width(self, length: int) -> int:
        """Return the tokens that a row of so many takes in a call."""
        return room(length)

    def enough(self, pool: Sequence[Row]) -> bool:
        """Whether the rows fill a call."""
        return _tokens(pool) >= self.few

    def cut(self, pool: list[Row], share: int) -> list[Row]:
        """Take the oldest row and those next in age for which there is room beside it."""
        batch: list[Row] = []
        left = self.many if _tokens(pool) >= 2 * self.many else self.few
        for row in sorted(pool, key=lambda row: row.age):
            if not batch or (row.width <= left and len(batch) < share):
                batch.append(row)
                left -= row.width
        taken = {row.age for row in batch}
        pool[:] = [row for row in pool if row.age not in taken]
        return batch


def _tokens(pool: Sequence[Row]) -> int:
    return sum(row.width for row in pool)


class Rectangles:
    """For an engine that pads: the oldest row and its neighbours in length, as far as the
    padding of one more costs less than a call of its own.

    A batch has 1, 2, 4, 8 or 16 rows of one of a few widths, for an engine compiles its kernels
    for each shape anew.

    Parameters
    ----------
    max_rows, max_tokens : of one call, the tokens with padding; a longer row goes alone.
    """

    def __init__(self, max_rows: int, max_tokens: int) -> None:
        self._max_rows, self._max_tokens = max_rows, max_tokens

    def width(self, length: int) -> int:
        """Return the tokens that a row of so many takes in a call."""
        return bucket(length)

    def enough(self, pool: Sequence[Row]) -> bool:
        """Whether the rows fill a call."""
        return len(pool) >= self._max_rows

    def cut(self, pool: list[Row], share: int) -> list[Row]:
        """Cut the oldest row and its neighbours in length out of the pool."""
        oldest = min(range(len(pool)), key=lambda place: pool[place].age)
        start, end = self._neighbours(pool, oldest, min(share, self._max_rows))
        rows = 1 << (end - start).bit_length() - 1
        start = min(max(start, oldest - rows + 1), end - rows)
        batch = pool[start : start + rows]
        del pool[start : start + rows]
        return batch

    def _neighbours(self, pool: list[Row], place: int, share: int) -> tuple[int, int]:
        """Return where the rows begin and end that belong into a batch with one of the pool."""
        start, end = place, place + 1
        while end - start < share:
            width, rows = pool[end - 1].width, end - start + 1
            below = width - pool[start - 1].width if start else FAR
            above = (pool[end].width - width) * (rows - 1) if end < len(pool) else FAR
            if min(below, above) > CALL_TOKENS:
                break
            if (width if below <= above else pool[end].width) * rows > self._max_tokens:
                break
            start, end = (start - 1, end) if below <= above else (start, end + 1)
        return start, end
