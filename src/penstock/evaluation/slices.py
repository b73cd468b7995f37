"""Slices: the same figures on parts of the texts, where a mean hides them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from penstock.errors import DataError
from penstock.evaluation import metrics
from penstock.evaluation.intervals import Interval, proportion
from penstock.evaluation.predictions import Predictions

__all__ = ["SMALL", "Slice", "length_bands", "slices"]

SMALL = 30
"""A slice with fewer texts is marked: its interval is wider than 30 points."""

_MOST = 20
"""Values of one column that are shown, the most frequent first."""

_BANDS = (50, 150, 400, 1000)


@dataclass(frozen=True, slots=True)
class Slice:
    """The texts with one value in a column.

    Attributes
    ----------
    column, value : such as ``language`` and ``de``.
    n_samples : its texts.
    accuracy : share right, with its exact interval.
    macro_f1 : over the classes that occur in it or were predicted.
    stands_out : ``below`` or ``above`` when the interval excludes the accuracy of the other
        texts, else None.
    """

    column: str
    value: str
    n_samples: int
    accuracy: Interval
    macro_f1: float
    stands_out: str | None

    @property
    def small(self) -> bool:
        """Whether there are too few texts to say much."""
        return self.n_samples < SMALL


def slices(
    found: Predictions, texts: Sequence[str], columns: Mapping[str, Sequence[Any]]
) -> list[Slice]:
    """Return a slice for each value of each column, and for bands of length.

    Parameters
    ----------
    columns : name to the value of each text. A column of more than 20 values shows the 20 most
        frequent.

    Raises
    ------
    DataError : a column has not as many values as there are texts.
    """
    parts: list[Slice] = []
    for name, values in {**columns, "length": length_bands(texts)}.items():
        if len(values) != len(found):
            raise DataError(f"{len(values)} values for {len(found)} texts", where=f"slices, {name}")
        parts += _column(found, name, [str(value) for value in values])
    return parts


def length_bands(texts: Sequence[str]) -> list[str]:
    """Return the band of each text's length in characters, such as ``51 to 150``."""
    lows = (0, *(band + 1 for band in _BANDS))
    names = [f"up to {_BANDS[0]}"]
    names += [f"{low} to {high}" for low, high in zip(lows[1:-1], _BANDS[1:], strict=True)]
    names += [f"over {_BANDS[-1]}"]
    return [names[int(np.searchsorted(_BANDS, len(text)))] for text in texts]


def _column(found: Predictions, column: str, values: list[str]) -> list[Slice]:
    array = np.asarray(values)
    counted = Counter(values).most_common(_MOST)
    # Bands of length read best from short to long.
    names = sorted((v for v, _ in counted), key=_first_number) if column == "length" else None
    return [_slice(found, column, v, array == v) for v in names or [v for v, _ in counted]]


def _slice(found: Predictions, column: str, value: str, inside: Any) -> Slice:
    right = found.right
    accuracy = proportion(int(right[inside].sum()), int(inside.sum()))
    return Slice(
        column,
        value or "(none)",
        int(inside.sum()),
        accuracy,
        metrics.macro_f1(found.targets[inside], found.found[inside]),
        _stands_out(accuracy, right[~inside]),
    )


def _stands_out(accuracy: Interval, others: Any) -> str | None:
    if not len(others):
        return None
    rest = float(others.mean())
    return "below" if accuracy.high < rest else "above" if accuracy.low > rest else None


def _first_number(name: str) -> tuple[int, bool]:
    return int(next(word for word in name.split() if word.isdigit())), not name.startswith("up")
