"""The training loop: short, seeded, and careful with the embedding table.

On a CPU the embedding table dominates a small model's step: all-MiniLM-L6-v2 has half of
its 22.7 million parameters there, a batch touches a few hundred of the 30,522 rows, and a
dense optimiser reads and writes all of them. So rows are updated sparsely, or not at all.
"""

from __future__ import annotations

import math
import time
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from penstock.engines.first import forward_of
from penstock.engines.tokens import Tokens
from penstock.modeling.adapters import adapt, merge
from penstock.modeling.batches import bucketed, by_length, collate
from penstock.modeling.checkpoints import Checkpoint, State, opened
from penstock.modeling.digests import digest_arrays, digest_rows
from penstock.modeling.encoder import random_state, set_random_state
from penstock.modeling.labels import Targets
from penstock.modeling.losses import text_losses, validation_figures
from penstock.modeling.matmul import onednn
from penstock.modeling.optimisers import Optimisers
from penstock.modeling.progress import Progress, Watcher
from penstock.modeling.recipe import Embeddings, Recipe
from penstock.modeling.stopping import Best, learned, put_back

__all__ = [
    "Embeddings",
    "Examples",
    "HeldOut",
    "Padding",
    "Recipe",
    "choose_embeddings",
    "predict_logits",
    "train",
]

_BATCH = 64
"""Texts at once in inference; on a CPU more gains nothing."""


@dataclass(frozen=True, slots=True)
class Examples:
    """Rows of tokens to learn from, with targets and weights for each.

    ``targets`` are class indices of shape (n,) or an indicator of shape (n, n_classes);
    ``weights`` have that shape.
    """

    encoded: Sequence[Sequence[int]]
    targets: Targets
    weights: NDArray[np.float32]

    @classmethod
    def of(cls, tokens: Tokens, targets: Targets, weights: NDArray[np.float32]) -> Examples:
        """Make an example of each row of each text.

        Each window of a long text has the text's labels; together they weigh as much as the
        one row of a short text.
        """
        counts = tokens.counts
        shares = (weights.T / counts).T * (counts.mean() if len(counts) else 1.0)
        return cls(
            tokens.rows,
            np.repeat(targets, counts, axis=0),
            np.repeat(shares, counts, axis=0).astype(np.float32),
        )

    @property
    def lengths(self) -> NDArray[np.int64]:
        """Tokens of each text, shape (n,)."""
        return np.array([len(tokens) for tokens in self.encoded], np.int64)


@dataclass(frozen=True, slots=True)
class HeldOut:
    """Texts to validate on: tokens of n texts, and targets as those of `Examples`."""

    tokens: Tokens
    targets: Targets

    def logits(self, model: Any, padding: Padding, device: torch.device) -> NDArray[np.float32]:
        """Return logits of shape (n, n_classes), the mean over a text's windows."""
        return self.tokens.pool(predict_logits(model, padding, self.tokens.rows, device))


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
    validation: HeldOut,
    recipe: Recipe,
    watcher: Watcher | None = None,
    checkpoint: Path | None = None,
) -> list[dict[str, float]]:
    """Fine-tune ``model`` in place and return one record for each epoch.

    Each record has ``epoch``, ``loss``, ``learning_rate`` (of the epoch's last step), ``seconds``
    (validation included), ``texts_per_second`` (of the steps alone) and, where there is
    validation, the figures of `validation_figures`. With ``patience`` the loop stops
    after that many epochs without a better validation loss and puts the best weights back.
    With ``checkpoint`` a run that was killed goes on from what that folder has.
    """
    model.to(recipe.device)
    identity = _identity(model, examples, validation, recipe) if checkpoint else {}
    adapted = adapt(model, recipe.lora_rank) if recipe.lora_rank else None
    run = _Run(model, padding, examples, validation, recipe, watcher)
    with onednn(), opened(checkpoint, identity) if checkpoint else nullcontext() as kept:
        run.go(kept)
    if adapted is not None:
        merge(adapted)
    run.finish()
    model.eval()
    return run.history


def predict_logits(
    model: Any, padding: Padding, encoded: Sequence[Sequence[int]], device: torch.device
) -> NDArray[np.float32]:
    """Return logits of shape (n_texts, n_classes)."""
    model.eval()
    forward = forward_of(model)
    logits = np.empty((len(encoded), model.config.num_labels), np.float32)
    lengths = np.array([len(tokens) for tokens in encoded], np.int64)
    with torch.inference_mode(), onednn():
        for batch in by_length(lengths, _BATCH):
            ids, mask = collate([encoded[index] for index in batch], padding.token, padding.left)
            found = forward(ids.to(device), mask.to(device))
            logits[batch] = found.float().cpu().numpy()
    return logits


def choose_embeddings(embedding: Any, recipe: Recipe) -> None:
    """Say of an embedding table whether it learns, and whether by rows."""
    table = embedding.weight
    # Adapters have frozen it already.
    table.requires_grad_(table.requires_grad and recipe.embeddings != "frozen")
    embedding.sparse = table.requires_grad and recipe.embeddings == "sparse"


@dataclass(slots=True)
class At:
    """Where in an epoch a run is: batches done, their summed loss, the last rate, the time."""

    epoch: int = 1
    done: int = 0
    total: float = 0.0
    rate: float = 0.0
    seconds: float = 0.0


class _Run:
    """The epochs and steps of one run, and where it is in them."""

    def __init__(
        self,
        model: Any,
        padding: Padding,
        examples: Examples,
        validation: HeldOut,
        recipe: Recipe,
        watcher: Watcher | None,
    ) -> None:
        self.model, self.padding, self.recipe, self.watcher = model, padding, recipe, watcher
        self.examples, self.validation, self.lengths = examples, validation, examples.lengths
        forward = forward_of(model)
        self.forward = torch.compile(forward, dynamic=True) if recipe.compile else forward
        self.embedding = model.get_input_embeddings()
        self.sparse_before = bool(getattr(self.embedding, "sparse", False))
        choose_embeddings(self.embedding, recipe)
        self.steps = recipe.epochs * math.ceil(len(self.lengths) / recipe.batch_size)
        self.optimisers = Optimisers(model, recipe, self.steps)
        self.best = Best(recipe.patience)
        self.history: list[dict[str, float]] = []
        self.at = At()
        self.step, self.loss = 0, 0.0

    def go(self, checkpoint: Checkpoint | None) -> None:
        """Run all epochs that are left, from the checkpoint where there is one."""
        if checkpoint and (state := checkpoint.read()):
            self._resume(state)
            if state.finished:
                return
        while self.at.epoch <= self.recipe.epochs:
            if self._epoch(checkpoint):
                break
        self.best.restore(self.model)
        if checkpoint:
            checkpoint.write(self._result())

    def finish(self) -> None:
        """Leave the model as a caller expects it: all parameters learn, densely."""
        if hasattr(self.embedding, "sparse"):
            self.embedding.sparse = self.sparse_before
        self.model.requires_grad_(True)
        self.model.zero_grad(set_to_none=True)

    def _epoch(self, checkpoint: Checkpoint | None) -> bool:
        """Run what is left of an epoch; True when no better loss is to be had of another."""
        began = time.perf_counter() - self.at.seconds
        figures = self._steps(checkpoint)
        record = {"epoch": float(self.at.epoch), **figures}
        if len(self.validation.targets):
            record |= _validate(self.model, self.padding, self.validation, self.recipe.device)
        record["seconds"] = time.perf_counter() - began
        self.history.append(record)
        self._tell(record)
        self.at = At(self.at.epoch + 1)
        return self.best.enough(self.model, record)

    def _steps(self, checkpoint: Checkpoint | None) -> dict[str, float]:
        """Make the steps that are left; return mean loss, last learning rate, texts a second."""
        self.model.train()
        began = time.perf_counter() - self.at.seconds
        rng = np.random.default_rng([self.recipe.seed, self.at.epoch])
        batches = bucketed(self.lengths, self.recipe.batch_size, rng)
        for batch in batches[self.at.done :]:
            if checkpoint and checkpoint.due():
                self.at.seconds = time.perf_counter() - began
                checkpoint.write(self._state())
            self._step(batch)
            if self.at.done < len(batches):  # the last one is told with the epoch's record
                self._tell()
        self.at.seconds = time.perf_counter() - began
        return {
            "loss": self.at.total / len(self.lengths),
            "learning_rate": self.at.rate,
            "texts_per_second": len(self.lengths) / self.at.seconds,
        }

    def _step(self, batch: NDArray[np.int64]) -> None:
        """Learn from one batch, in ``accumulate`` parts of it."""
        self.loss = 0.0
        for part in np.array_split(batch, min(self.recipe.accumulate, len(batch))):
            loss = self._loss(part) * (len(part) / len(batch))
            loss.backward()  # type: ignore[no-untyped-call]
            self.loss += float(loss.detach())
        self.at.rate = self.optimisers.step(self.step)
        self.step += 1
        self.at.done += 1
        self.at.total += self.loss * len(batch)

    def _tell(self, record: Mapping[str, float] | None = None) -> None:
        """Tell the watcher where the run is."""
        if self.watcher:
            epoch, epochs = self.at.epoch, self.recipe.epochs
            self.watcher(Progress(epoch, epochs, self.step, self.steps, self.loss, record))

    def _state(self) -> State:
        """Return all that the rest of the run depends on."""
        tensors = _named("model", learned(self.model))
        tensors |= _named("optimisers", self.optimisers.tensors())
        tensors |= _named("best", self.best.weights)
        tensors |= _named("random", random_state(self.recipe.device))
        best = {"loss": self.best.loss, "since": self.best.since}
        numbers = {"step": self.step, "history": self.history, "best": best, **asdict(self.at)}
        return State(tensors, numbers)

    def _result(self) -> State:
        """Return what a finished run leaves: the weights, and their history."""
        numbers = {"step": self.step, "history": self.history, "epoch": self.recipe.epochs}
        return State(_named("model", learned(self.model)), numbers, finished=True)

    def _resume(self, state: State) -> None:
        """Go to where ``state`` was taken."""
        parts = _parted(state.tensors)
        put_back(self.model, parts["model"])
        self.step, self.history = state.numbers["step"], state.numbers["history"]
        if state.finished:
            return
        self.optimisers.restore(parts["optimisers"])
        self.best.loss, self.best.since = state.numbers["best"].values()
        self.best.weights = parts.get("best", {})
        set_random_state(parts["random"], self.recipe.device)
        self.at = At(**{field.name: state.numbers[field.name] for field in fields(At)})

    def _loss(self, batch: NDArray[np.int64]) -> torch.Tensor:
        examples, device = self.examples, self.recipe.device
        encoded = [examples.encoded[index] for index in batch]
        ids, mask = collate(encoded, self.padding.token, self.padding.left)
        with torch.autocast(device.type, torch.bfloat16, enabled=device.type == "cuda"):
            logits = self.forward(ids.to(device), mask.to(device))
        targets = torch.from_numpy(examples.targets[batch]).to(device)
        losses = text_losses(logits.float(), targets, self.recipe.label_smoothing)
        return (losses * torch.from_numpy(examples.weights[batch]).to(device)).mean()


def _validate(
    model: Any, padding: Padding, validation: HeldOut, device: torch.device
) -> dict[str, float]:
    return validation_figures(validation.logits(model, padding, device), validation.targets)


def _identity(
    model: Any, examples: Examples, validation: HeldOut, recipe: Recipe
) -> dict[str, Any]:
    """Say what a fit is of: digests of its data and first weights, and its parameters."""
    return {
        "texts": digest_rows(examples.encoded),
        "labels": digest_arrays([examples.targets]),
        "weights": digest_arrays([examples.weights]),
        "validation texts": digest_rows(validation.tokens.rows),
        "validation labels": digest_arrays([validation.targets]),
        "base model": digest_arrays(value.cpu().numpy() for value in model.state_dict().values()),
        **{key: str(value) for key, value in asdict(recipe).items()},
    }


def _named(prefix: str, tensors: Mapping[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    return {f"{prefix}/{name}": tensor for name, tensor in tensors.items()}


def _parted(tensors: Mapping[str, torch.Tensor]) -> dict[str, dict[str, torch.Tensor]]:
    parts: dict[str, dict[str, torch.Tensor]] = {}
    for name, tensor in tensors.items():
        prefix, _, rest = name.partition("/")
        parts.setdefault(prefix, {})[rest] = tensor
    return parts
