"""Engines over the same token ids, through the padding and the batches that serve."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from penstock.engines.base import Engine
from penstock.engines.padding import pad
from penstock.engines.scorer import length_batches

__all__ = ["Bench"]

_SPEED_TEXTS = 256


@dataclass(frozen=True, slots=True)
class Bench:
    """Token ids to run engines over.

    Attributes
    ----------
    encoded : token ids of each text.
    pad_id, pad_left : the token that pads, and whether it does so on the left.
    """

    encoded: Sequence[Sequence[int]]
    pad_id: int
    pad_left: bool = False

    def logits(self, engine: Engine) -> NDArray[np.float32]:
        """Return logits of shape (n, n_classes); (0, 1) where there are no texts."""
        return self._run(engine, self.encoded)

    def speed(self, engine: Engine) -> float:
        """Return texts a second, over at most 256 of them, once warm."""
        some = self.encoded[:_SPEED_TEXTS]
        if not some:
            return 0.0
        began = time.perf_counter()
        self._run(engine, some)
        return round(len(some) / (time.perf_counter() - began), 1)

    def _run(self, engine: Engine, encoded: Sequence[Sequence[int]]) -> NDArray[np.float32]:
        found: dict[int, NDArray[np.float32]] = {}
        for rows in length_batches([len(tokens) for tokens in encoded]):
            batch = pad([encoded[row] for row in rows], self.pad_id, self.pad_left)
            found.update(zip(rows, engine(*batch), strict=True))
        if not found:
            return np.empty((0, 1), np.float32)
        return np.stack([found[row] for row in range(len(encoded))])
