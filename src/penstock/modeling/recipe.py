"""Recipe: how a classifier is trained."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

import torch

__all__ = ["Embeddings", "Recipe"]

Embeddings: TypeAlias = Literal["sparse", "frozen", "dense"]


@dataclass(frozen=True, slots=True)
class Recipe:
    """How to train; the fields are those of ``TransformerClassifier``."""

    epochs: int
    batch_size: int
    learning_rate: float
    warmup_share: float
    weight_decay: float
    label_smoothing: float
    embeddings: Embeddings
    patience: int | None
    seed: int
    device: torch.device
    accumulate: int = 1
    layer_decay: float = 1.0
    lora_rank: int | None = None
    compile: bool = False
