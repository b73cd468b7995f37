"""Batches: encode texts and put texts of like length together."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

__all__ = ["bucketed", "by_length", "collate", "encode_texts"]

_CHUNK = 50
"""Batches sorted together. Hugging Face's ``LengthGroupedSampler`` takes 50 as well:
enough to waste little padding, few enough to leave the order random."""


def encode_texts(tokenizer: Any, texts: Sequence[str], max_length: int) -> list[list[int]]:
    """Return the token ids of each text, special tokens included, cut at ``max_length``.

    Half of a surrogate pair, which no tokenizer takes, becomes ``?``.
    """
    if not texts:
        return []
    clean = [text.encode("utf-8", "replace").decode("utf-8") for text in texts]
    encoded = tokenizer(
        clean,
        truncation=True,
        max_length=max_length,
        padding=False,
        return_attention_mask=False,
        return_token_type_ids=False,
    )
    return list(encoded["input_ids"])


def collate(
    encoded: Sequence[Sequence[int]], pad_id: int, pad_left: bool = False
) -> tuple[torch.Tensor, torch.Tensor]:
    """Return ``input_ids`` and ``attention_mask``, each of shape (n_texts, longest)."""
    longest = max(1, max(map(len, encoded)))
    ids = np.full((len(encoded), longest), pad_id, np.int64)
    mask = np.zeros((len(encoded), longest), np.int64)
    for row, tokens in enumerate(encoded):
        where = slice(longest - len(tokens), longest) if pad_left else slice(len(tokens))
        ids[row, where] = tokens
        mask[row, where] = 1
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
