"""Token ids of different lengths as one rectangle."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from penstock.engines.base import Int64

__all__ = ["pad"]


def pad(tokens: Sequence[Sequence[int]], pad_id: int, left: bool = False) -> tuple[Int64, Int64]:
    """Return token ids and attention mask, each of shape (n, longest).

    Parameters
    ----------
    tokens : token ids of n texts, n at least 1.
    pad_id : the token that fills up.
    left : fill up in front, as XLNet wants it, whose summary reads the last token.
    """
    width = max(1, *map(len, tokens))
    ids = np.full((len(tokens), width), pad_id, dtype=np.int64)
    mask = np.zeros((len(tokens), width), dtype=np.int64)
    for row, line in enumerate(tokens):
        place = slice(width - len(line), width) if left else slice(len(line))
        ids[row, place] = line
        mask[row, place] = 1
    return ids, mask
