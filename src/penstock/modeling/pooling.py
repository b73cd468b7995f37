"""A pooling layer: the mean of the tokens, where a BERT's head reads it.

A sentence encoder such as all-MiniLM-L6-v2 was trained on the mean of its tokens, while the head
of ``BertForSequenceClassification`` reads the first token, which it was never taught to fill:
on Banking77 with 10 texts a class a linear model reaches 85.6 % on the mean and 76.4 % on the
first token. One more layer that attends to all tokens alike carries the mean there, and the
weights stay an ordinary BERT that plain transformers loads.
"""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import torch

__all__ = ["add_pooling_layer", "pools_mean"]

_CONFIG = "1_Pooling/config.json"
"""Where sentence-transformers says how an encoder's tokens become one vector."""

_CONTEXT = 20.0
"""Weight of the mean beside the token it is added to; both have unit variance."""

_POOLER = 0.25
"""Scale in the pooler, small enough for its tanh to be nearly straight."""


def pools_mean(source: Path | str, model: Any) -> bool:
    """Whether ``source`` is a sentence encoder that pools by mean, and a BERT."""
    if model.config.model_type != "bert" or not (found := _pooling_file(source)):
        return False
    return bool(json.loads(found.read_text(encoding="utf-8")).get("pooling_mode_mean_tokens"))


def add_pooling_layer(model: Any) -> None:
    """Append a layer to a ``BertForSequenceClassification``: its head reads the tokens' mean.

    Queries and keys are zero, so attention is even over the tokens that are not padding, and
    stays so: neither gets a gradient while the other is zero. The same holds for the two
    matrices of the feed-forward part. Values, output and pooler start as multiples of the identity.
    """
    layers, size = model.bert.encoder.layer, model.config.hidden_size
    layer = copy.deepcopy(layers[-1])
    identity = torch.eye(size)
    with torch.no_grad():
        for parameter in layer.parameters():
            parameter.zero_()
        layer.attention.self.value.weight.copy_(identity)
        layer.attention.output.dense.weight.copy_(_CONTEXT * identity)
        layer.attention.output.LayerNorm.weight.fill_(1.0)
        layer.output.LayerNorm.weight.fill_(1.0)
        model.bert.pooler.dense.weight.copy_(_POOLER * identity)
        model.bert.pooler.dense.bias.zero_()
    layers.append(layer)
    model.config.num_hidden_layers = len(layers)


def _pooling_file(source: Path | str) -> Path | None:
    from transformers.utils.hub import cached_file

    try:
        found = cached_file(str(source), _CONFIG, local_files_only=True)
    except (OSError, ValueError):
        return None
    return Path(found) if found else None
