"""What a graph is fed."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np

from penstock.engines import packing
from penstock.engines.base import Int64
from penstock.errors import ConfigError

__all__ = ["check_inputs", "feed", "packs"]

KNOWN = frozenset({"input_ids", "attention_mask", "token_type_ids"})
WHERE = "engine/engine.json"


def packs(names: Sequence[str]) -> bool:
    """Whether a graph with these inputs takes several texts in a row."""
    return set(names) == set(packing.INPUTS)


def check_inputs(names: Sequence[str], ports: Sequence[Collection[str]]) -> None:
    """Raise ConfigError where `names` are not the graph's inputs, or cannot be fed.

    Parameters
    ----------
    names : what ``engine.json`` says.
    ports : the names of each input of the graph, which may have several.
    """
    graph = {name for port in ports for name in port}
    known = set(packing.INPUTS) if packs(names) else KNOWN
    if wrong := sorted(set(names) - (graph & known)):
        hint = f"the graph takes {', '.join(sorted(graph))}"
        raise ConfigError(f"inputs {wrong} cannot be fed", where=WHERE, hint=hint)
    if len(names) != len(ports):
        what = f"the graph takes {len(ports)} inputs, {len(names)} are named"
        raise ConfigError(what, where=f"{WHERE}, inputs")


def feed(
    names: Sequence[str], input_ids: Int64, attention_mask: Int64, pack: bool = True
) -> dict[str, Int64]:
    """Return an array for each input; ``token_type_ids`` are zeros.

    The arrays have shape (n, t), or are what `packing.arrange` makes of n texts; `pack` is for
    it.
    """
    if packs(names):
        arranged = packing.arrange(input_ids, attention_mask, pack)
        return dict(zip(packing.INPUTS, arranged, strict=True))
    given = {"input_ids": input_ids, "attention_mask": attention_mask}
    return {name: given[name] if name in given else np.zeros_like(input_ids) for name in names}
