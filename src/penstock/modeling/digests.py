"""Digests of arrays, to know the same data again."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["digest_arrays", "digest_rows"]


def digest_arrays(arrays: Iterable[NDArray[Any]]) -> str:
    """Return the SHA-256 of types, shapes and contents, 64 hex digits."""
    digest = hashlib.sha256()
    for array in arrays:
        digest.update(f"{array.dtype}{array.shape}".encode())
        digest.update(np.ascontiguousarray(array).data)
    return digest.hexdigest()


def digest_rows(rows: Sequence[Sequence[int]]) -> str:
    """Return the SHA-256 of rows of whole numbers, each of its own length."""
    lengths = np.array([len(row) for row in rows], np.int64)
    flat = np.fromiter((number for row in rows for number in row), np.int64, lengths.sum())
    return digest_arrays([lengths, flat])
