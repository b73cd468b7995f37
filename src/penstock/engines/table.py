"""The table of engines: the same texts through each, measured side by side."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["EngineRow"]


@dataclass(frozen=True, slots=True)
class EngineRow:
    """One engine, measured on labelled texts.

    Attributes
    ----------
    name : such as ``openvino-int8``.
    accuracy, macro_f1 : on the texts.
    agreement : share of the texts with the same best class as fp32.
    size : of the files it loads, in bytes.
    texts_per_second : texts in, probabilities out, in batches.
    p50_ms : median of one text alone, in milliseconds, once warm.
    chosen : whether it is the one that serves.
    """

    name: str
    accuracy: float
    macro_f1: float
    agreement: float
    size: int
    texts_per_second: float
    p50_ms: float
    chosen: bool
