"""What an engine is: token ids in, logits out."""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

__all__ = ["Engine", "Float32", "Int64"]

Int64 = NDArray[np.int64]
Float32 = NDArray[np.float32]


class Engine(Protocol):
    """An inference runtime with one loaded graph. Safe to call from several threads.

    Attributes
    ----------
    streams : calls that run at once; further ones wait for these.
    batch_rows : rows of a call from which on more rows are no faster.
    packs : whether short texts of a call share a row, see `penstock.engines.packing`.
    """

    streams: int
    batch_rows: int
    packs: bool

    def __call__(self, input_ids: Int64, attention_mask: Int64) -> Float32:
        """Run the graph.

        Parameters
        ----------
        input_ids : array of shape (n, t), padded on the right.
        attention_mask : array of shape (n, t), 1 for a token and 0 for padding.

        Returns
        -------
        Logits, array of shape (n, n_classes), owned by the caller.
        """
        ...

    def specialise(self) -> None:
        """Make the calls of a busy server faster, where that can be; calls go on meanwhile."""
        ...
