"""Batches: texts of like length together, padded."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import torch
from numpy.typing import NDArray

from penstock.engines.padding import pad

__all__ = ["bucketed", "by_length", "collate"]

_CHUNK = 50
"""Batches sorted together. Hugging Face's ``LengthGroupedSampler`` takes 50 as well:
enough to waste little padding, few enough to leave the order random."""


def collate(
    encoded: Sequence[Sequence[int]], pad_id: int, pad_left: bool = False
) -> tuple[torch.Tensor, torch.Tensor]:
    """Return ``input_ids`` and ``attention_mask``, each of shape (n_texts, longest)."""
    ids, mask = pad(encoded, pad_id, pad_left)
    return torch.from_numpy(ids), torch.from_numpy(mask)


def bucketed(
    lengths: NDArray[np.int64], batch_size: int, rng: np.random.Generator
) -> list[NDArray[np.int64]]:
    """Return random batches of samples of like length, each sample once.

    Shuffle, cut into chunks, sort within a chunk, cut into batches, shuffle the batches.
    """
    order = rng.permutation(len(lengths))
    batches: list[NDArray[np.int64]] = []
    for chunk in _cut(order, batch_size * _CHUNK):
        ordered = chunk[np.argsort(lengths[chunk], kind="stable")]
        batches.extend(_cut(ordered, batch_size))
    return [batches[index] for index in rng.permutation(len(batches))]


def by_length(lengths: NDArray[np.int64], batch_size: int) -> Iterator[NDArray[np.int64]]:
    """Yield batches for inference, the longest texts first, each sample once."""
    return _cut(np.argsort(-lengths, kind="stable"), batch_size)


def _cut(order: NDArray[np.int64], size: int) -> Iterator[NDArray[np.int64]]:
    for start in range(0, len(order), size):
        yield order[start : start + size]
