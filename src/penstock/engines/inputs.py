"""What a graph is fed."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np

from penstock.engines.base import Int64
from penstock.errors import ConfigError

__all__ = ["check_inputs", "feed"]

KNOWN = frozenset({"input_ids", "attention_mask", "token_type_ids"})
WHERE = "engine/engine.json"


def check_inputs(names: Sequence[str], ports: Sequence[Collection[str]]) -> None:
    """Raise ConfigError where `names` are not the graph's inputs, or cannot be fed.

    Parameters
    ----------
    names : what ``engine.json`` says.
    ports : the names of each input of the graph, which may have several.
    """
    graph = {name for port in ports for name in port}
    if wrong := sorted(set(names) - (graph & KNOWN)):
        hint = f"the graph takes {', '.join(sorted(graph))}"
        raise ConfigError(f"inputs {wrong} cannot be fed", where=WHERE, hint=hint)
    if len(names) != len(ports):
        what = f"the graph takes {len(ports)} inputs, {len(names)} are named"
        raise ConfigError(what, where=f"{WHERE}, inputs")


def feed(names: Sequence[str], input_ids: Int64, attention_mask: Int64) -> dict[str, Int64]:
    """Return an array of shape (n, t) for each input; ``token_type_ids`` are zeros."""
    given = {"input_ids": input_ids, "attention_mask": attention_mask}
    return {name: given[name] if name in given else np.zeros_like(input_ids) for name in names}
