"""Token ids of different lengths as one rectangle."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence

import numpy as np

from penstock.engines.base import Int64

__all__ = ["bucket", "pad"]

WIDTHS = (8, 12, 16, 20, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512)
"""Widths that rows are padded to. An engine compiles its kernels for each shape anew: measured
with OpenVINO and MiniLM-L6, 10 ms and 2 MB for each. A row of 13 to 15 tokens takes as long as
one of 16."""


def bucket(length: int) -> int:
    """Return the width that a row of so many tokens is padded to."""
    place = bisect_left(WIDTHS, length)
    return WIDTHS[place] if place < len(WIDTHS) else -(-length // 128) * 128


def pad(
    tokens: Sequence[Sequence[int]], pad_id: int, left: bool = False, width: int = 0
) -> tuple[Int64, Int64]:
    """Return token ids and attention mask, each of shape (n, longest).

    Parameters
    ----------
    tokens : token ids of n texts, n at least 1.
    pad_id : the token that fills up.
    left : fill up in front, as XLNet wants it, whose summary reads the last token.
    width : of the arrays, where that is more than the longest row.
    """
    width = max(1, width, *map(len, tokens))
    ids = np.full((len(tokens), width), pad_id, dtype=np.int64)
    mask = np.zeros((len(tokens), width), dtype=np.int64)
    for row, line in enumerate(tokens):
        place = slice(width - len(line), width) if left else slice(len(line))
        ids[row, place] = line
        mask[row, place] = 1
    return ids, mask
