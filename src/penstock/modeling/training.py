"""The training loop: short, seeded, and careful with the embedding table.

On a CPU the embedding table dominates a small model's step: all-MiniLM-L6-v2 has half of
its 22.7 million parameters there, a batch touches a few hundred of the 30,522 rows, and a
dense optimiser reads and writes all of them. So rows are updated sparsely, or not at all.
"""

from __future__ import annotations

import copy
import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn import functional

from penstock.modeling.batches import bucketed, by_length, collate
from penstock.modeling.progress import Progress, Watcher

__all__ = ["Embeddings", "Examples", "Recipe", "predict_logits", "train"]

Embeddings: TypeAlias = Literal["sparse", "frozen", "dense"]

_CLIP = 1.0
"""Largest gradient norm; the value of BERT's own fine-tuning script and of the Trainer."""

_BATCH = 64
"""Texts at once in inference; on a CPU more gains nothing."""


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


@dataclass(frozen=True, slots=True)
class Examples:
    """Encoded texts with class indices of shape (n,) and weights of shape (n,)."""

    encoded: Sequence[Sequence[int]]
    targets: NDArray[np.int64]
    weights: NDArray[np.float32]

    @property
    def lengths(self) -> NDArray[np.int64]:
        """Tokens of each text, shape (n,)."""
        return np.array([len(tokens) for tokens in self.encoded], np.int64)


@dataclass(frozen=True, slots=True)
class Padding:
    """The token that pads, and on which side."""

    token: int
    left: bool

    @classmethod
    def of(cls, tokenizer: Any) -> Padding:
        """Take both from a tokenizer; one without a padding token pads with 0."""
        return cls(int(tokenizer.pad_token_id or 0), tokenizer.padding_side == "left")


def train(
    model: Any,
    padding: Padding,
    examples: Examples,
    validation: Examples,
    recipe: Recipe,
    watcher: Watcher | None = None,
) -> list[dict[str, float]]:
    """Fine-tune ``model`` in place and return one record for each epoch.

    Each record has ``epoch``, ``loss``, ``seconds`` and, where there is validation,
    ``validation_loss`` and ``validation_accuracy``. With ``patience`` the loop stops after
    that many epochs without a better validation loss and puts the best weights back.
    """
    model.to(recipe.device)
    loop = _Loop(model, padding, recipe, examples, watcher)
    best = _Best(recipe.patience)
    history: list[dict[str, float]] = []
    for epoch in range(1, recipe.epochs + 1):
        began = time.perf_counter()
        record = {"epoch": float(epoch), "loss": loop.epoch(epoch)}
        if len(validation.targets):
            record |= _validate(model, padding, validation, recipe.device)
        record["seconds"] = time.perf_counter() - began
        history.append(record)
        if best.enough(model, record):
            break
    best.restore(model)
    loop.finish()
    model.eval()
    return history


def predict_logits(
    model: Any, padding: Padding, encoded: Sequence[Sequence[int]], device: torch.device
) -> NDArray[np.float32]:
    """Return logits of shape (n_texts, n_classes)."""
    model.eval()
    logits = np.empty((len(encoded), model.config.num_labels), np.float32)
    lengths = np.array([len(tokens) for tokens in encoded], np.int64)
    with torch.inference_mode():
        for batch in by_length(lengths, _BATCH):
            ids, mask = collate([encoded[index] for index in batch], padding.token, padding.left)
            output = model(input_ids=ids.to(device), attention_mask=mask.to(device))
            logits[batch] = output.logits.float().cpu().numpy()
    return logits


class _Loop:
    """Optimisers, schedule and the steps of one run."""

    def __init__(
        self,
        model: Any,
        padding: Padding,
        recipe: Recipe,
        examples: Examples,
        watcher: Watcher | None,
    ) -> None:
        self.model, self.padding, self.recipe, self.watcher = model, padding, recipe, watcher
        self.examples, self.lengths = examples, examples.lengths
        self.steps = recipe.epochs * math.ceil(len(examples.targets) / recipe.batch_size)
        self.step = 0
        self.embedding = model.get_input_embeddings()
        self.sparse_before = bool(getattr(self.embedding, "sparse", False))
        self.optimizers = _optimizers(model, self.embedding, recipe)
        self.clipped = [
            parameter
            for parameter in model.parameters()
            if parameter.requires_grad and not _is_table(parameter, self.embedding, recipe)
        ]
        schedule = _schedule(self.steps, round(self.steps * recipe.warmup_share))
        self.schedules = [
            torch.optim.lr_scheduler.LambdaLR(optimizer, schedule) for optimizer in self.optimizers
        ]

    def epoch(self, epoch: int) -> float:
        """Run one epoch and return its mean loss."""
        self.model.train()
        rng = np.random.default_rng([self.recipe.seed, epoch])
        total = 0.0
        for batch in bucketed(self.lengths, self.recipe.batch_size, rng):
            loss = self._step(batch)
            total += loss * len(batch)
            if self.watcher:
                self.watcher(Progress(epoch, self.recipe.epochs, self.step, self.steps, loss))
        return total / len(self.lengths)

    def finish(self) -> None:
        """Leave the model as a caller expects it: all parameters learn, densely."""
        if hasattr(self.embedding, "sparse"):
            self.embedding.sparse = self.sparse_before
        self.model.requires_grad_(True)
        self.model.zero_grad(set_to_none=True)

    def _step(self, batch: NDArray[np.int64]) -> float:
        loss = self._loss(batch)
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(self.clipped, _CLIP)
        for optimizer, schedule in zip(self.optimizers, self.schedules, strict=True):
            optimizer.step()
            schedule.step()
            optimizer.zero_grad(set_to_none=True)
        self.step += 1
        return float(loss.detach())

    def _loss(self, batch: NDArray[np.int64]) -> torch.Tensor:
        examples, device = self.examples, self.recipe.device
        encoded = [examples.encoded[index] for index in batch]
        ids, mask = collate(encoded, self.padding.token, self.padding.left)
        with torch.autocast(device.type, torch.bfloat16, enabled=device.type == "cuda"):
            output = self.model(input_ids=ids.to(device), attention_mask=mask.to(device))
        losses = functional.cross_entropy(
            output.logits.float(),
            torch.from_numpy(examples.targets[batch]).to(device),
            reduction="none",
            label_smoothing=self.recipe.label_smoothing,
        )
        return (losses * torch.from_numpy(examples.weights[batch]).to(device)).mean()


class _Best:
    """Early stopping: the best epoch's weights, and the epochs since."""

    def __init__(self, patience: int | None) -> None:
        self.patience = patience
        self.loss = math.inf
        self.since = 0
        self.weights: dict[str, Any] | None = None

    def enough(self, model: Any, record: dict[str, float]) -> bool:
        if self.patience is None or "validation_loss" not in record:
            return False
        if record["validation_loss"] < self.loss:
            self.loss, self.since = record["validation_loss"], 0
            self.weights = copy.deepcopy(model.state_dict())
            return False
        self.since += 1
        return self.since >= self.patience

    def restore(self, model: Any) -> None:
        if self.weights is not None:
            model.load_state_dict(self.weights)


def _optimizers(model: Any, embedding: Any, recipe: Recipe) -> list[torch.optim.Optimizer]:
    """AdamW for all but the embedding table, which is sparse, frozen or among the others."""
    table = embedding.weight
    table.requires_grad_(recipe.embeddings != "frozen")
    decayed: list[torch.nn.Parameter] = []
    plain: list[torch.nn.Parameter] = []
    for parameter in model.parameters():
        if parameter.requires_grad and not _is_table(parameter, embedding, recipe):
            (decayed if parameter.ndim > 1 else plain).append(parameter)
    groups = [
        {"params": decayed, "weight_decay": recipe.weight_decay},
        {"params": plain, "weight_decay": 0.0},
    ]
    optimizers: list[torch.optim.Optimizer] = [
        torch.optim.AdamW(groups, lr=recipe.learning_rate, fused=True)
    ]
    if recipe.embeddings == "sparse":
        embedding.sparse = True
        optimizers.append(torch.optim.SparseAdam([table], lr=recipe.learning_rate))
    return optimizers


def _is_table(parameter: Any, embedding: Any, recipe: Recipe) -> bool:
    return recipe.embeddings == "sparse" and parameter is embedding.weight


def _schedule(steps: int, warmup: int) -> Callable[[int], float]:
    """Rise in a line over ``warmup`` steps, then fall in a line to zero."""

    def factor(step: int) -> float:
        if step < warmup:
            return (step + 1) / (warmup + 1)
        return max(0.0, (steps - step) / max(1, steps - warmup))

    return factor


def _validate(
    model: Any, padding: Padding, validation: Examples, device: torch.device
) -> dict[str, float]:
    logits = torch.from_numpy(predict_logits(model, padding, validation.encoded, device))
    targets = torch.from_numpy(validation.targets)
    return {
        "validation_loss": float(functional.cross_entropy(logits, targets)),
        "validation_accuracy": float((logits.argmax(1) == targets).float().mean()),
    }
