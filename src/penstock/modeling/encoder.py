"""An encoder with a classification head, and its tokenizer, by way of transformers."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import torch

from penstock.errors import InputError, NotFoundError
from penstock.modeling.quiet import quiet

__all__ = [
    "check_max_length",
    "device_of",
    "load_encoder",
    "load_tokenizer",
    "random_state",
    "seeded",
    "set_random_state",
]

_DROPOUTS = (
    "hidden_dropout_prob",
    "attention_probs_dropout_prob",
    "dropout",
    "attention_dropout",
    "embedding_dropout",
    "mlp_dropout",
)


def load_encoder(
    source: Path | str,
    labels: Sequence[str] | None = None,
    dropout: float | None = None,
    multilabel: bool = False,
) -> Any:
    """Return an ``AutoModelForSequenceClassification`` in 32-bit floats, on the CPU.

    Parameters
    ----------
    source : folder or hub id.
    labels : names of the classes for a new head; None keeps the head that is there.
    dropout : for the encoder's layers; None keeps the base model's own.
    multilabel : what the new head is for, written into the model's ``config.json``.

    Raises
    ------
    NotFoundError
        The weights are neither on this machine nor to be had from the hub.
    """
    from transformers import AutoConfig, AutoModelForSequenceClassification

    changes: dict[str, Any] = {}
    if labels is not None:
        changes["id2label"] = dict(enumerate(labels))
        changes["label2id"] = {label: index for index, label in enumerate(labels)}
        kind = "multi" if multilabel else "single"
        changes["problem_type"] = f"{kind}_label_classification"
    config = _pretrained(AutoConfig, source, **changes)
    for name in _DROPOUTS if dropout is not None else ():
        if hasattr(config, name):
            setattr(config, name, dropout)
    return _pretrained(
        AutoModelForSequenceClassification, source, config=config, dtype=torch.float32
    )


def load_tokenizer(source: Path | str) -> Any:
    """Return the fast tokenizer of a folder or hub id.

    Raises
    ------
    NotFoundError
        There is no tokenizer, or only a slow one that has no ``tokenizer.json``.
    """
    from transformers import AutoTokenizer

    tokenizer = _pretrained(AutoTokenizer, source)
    if not getattr(tokenizer, "is_fast", False):
        raise NotFoundError(
            f"{os.fspath(source)!r} has no tokenizer.json",
            where="base_model",
            hint="choose a base model with a fast tokenizer; serving reads tokenizer.json",
        )
    return tokenizer


def check_max_length(max_length: int, config: Any) -> None:
    """Raise InputError when texts could be longer than the encoder has positions."""
    positions = getattr(config, "max_position_embeddings", None)
    if not positions or positions < 0:
        return
    if "roberta" in str(config.model_type):
        positions -= int(config.pad_token_id or 0) + 1
    if max_length > positions:
        raise InputError(
            f"{max_length} is above the {positions} positions of this base model",
            where="max_length",
            hint=f"use {positions} or less",
        )


def device_of(device: str) -> torch.device:
    """Return the torch device for a name; ``"auto"`` is CUDA where there is one."""
    if device == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    return torch.device(device)


@contextlib.contextmanager
def seeded(seed: int) -> Iterator[None]:
    """Seed torch inside, and leave the caller's random state as it was."""
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        yield


def random_state(device: torch.device) -> dict[str, torch.Tensor]:
    """Return torch's random state, and that of ``device`` where it is CUDA."""
    state = {"cpu": torch.get_rng_state()}
    if device.type == "cuda":
        state["cuda"] = torch.cuda.get_rng_state(device)
    return state


def set_random_state(state: Mapping[str, torch.Tensor], device: torch.device) -> None:
    """Take back what ``random_state`` returned."""
    torch.set_rng_state(state["cpu"])
    if device.type == "cuda":
        torch.cuda.set_rng_state(state["cuda"], device)


def _pretrained(auto: Any, source: Path | str, **options: Any) -> Any:
    """Read from this machine first; only a hub id that is not cached goes on the network."""
    with quiet():
        try:
            return auto.from_pretrained(
                source, local_files_only=True, trust_remote_code=False, **options
            )
        except (OSError, ValueError) as error:
            if isinstance(source, Path):
                raise _unreadable(source, error) from error
        try:
            return auto.from_pretrained(source, trust_remote_code=False, **options)
        except (OSError, ValueError) as error:
            raise _unreachable(source, error) from error


def _unreadable(source: Path, error: Exception) -> NotFoundError:
    return NotFoundError(
        f"{source} does not hold an encoder with its tokenizer: {_first_line(error)}",
        where="base_model",
        hint="it takes config.json, tokenizer.json and model.safetensors",
    )


def _unreachable(source: str, error: Exception) -> NotFoundError:
    return NotFoundError(
        f"{source!r} is not a folder, not in the Hugging Face cache, and the hub did not "
        f"give it: {_first_line(error)}",
        where="base_model",
        hint="check the id and the network, or give a local directory, "
        "package:<module>/<path> or kind:name@version",
    )


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:200]
