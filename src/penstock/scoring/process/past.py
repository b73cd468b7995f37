"""What became of the workers before this one: the parent knows, and `/metrics` tells."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Past"]


@dataclass(frozen=True, slots=True)
class Past:
    """Counts since the container started.

    Attributes
    ----------
    deaths : workers that died or hung.
    refused : requests that the parent answered with 503 in their place.
    """

    deaths: int = 0
    refused: int = 0
