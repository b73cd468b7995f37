"""Logits of an encoder whose head reads the first token of each text, and no more work than that.

Of its last layer such a model needs keys and values of all tokens, and all else for the first
token alone: 10 of 12 parts of that layer's matrices are left out, 14 % of all of a MiniLM-L6. The
result is that of the model's own ``forward``.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, TypeAlias

import torch
from torch import Tensor
from torch.nn.functional import scaled_dot_product_attention

__all__ = ["forward_of", "packed_logits", "reads_first"]

Head: TypeAlias = Callable[[Any, Tensor], Tensor]


def _bert_head(model: Any, first: Tensor) -> Tensor:
    logits: Tensor = model.classifier(model.dropout(model.bert.pooler(first)))
    return logits


def _roberta_head(model: Any, first: Tensor) -> Tensor:
    logits: Tensor = model.classifier(first)
    return logits


_HEADS: dict[str, Head] = {
    "bert": _bert_head,
    "camembert": _roberta_head,
    "roberta": _roberta_head,
    "xlm-roberta": _roberta_head,
}
"""By ``model_type``. Each turns the hidden states of first tokens, shape (n, 1, d), into logits, as
the model's own ``forward`` does."""


def reads_first(model: Any) -> bool:
    """Whether a sequence classifier is one of those that this module knows."""
    config = model.config
    # Other ways to attend want their mask in other forms.
    return config.model_type in _HEADS and config._attn_implementation == "sdpa"


def forward_of(model: Any) -> Callable[[Tensor, Tensor], Tensor]:
    """Return a function from ``input_ids`` and ``attention_mask`` to logits.

    Both have shape (n, t), padded on the right where `reads_first`; logits are (n, n_classes).
    """
    return partial(_padded_logits if reads_first(model) else _own_logits, model)


def packed_logits(
    model: Any, input_ids: Tensor, position_ids: Tensor, sequence_ids: Tensor, first: Tensor
) -> Tensor:
    """Return logits of shape (b * m, n_classes) for `penstock.engines.packing.INPUTS`.

    A token looks at those of its own text only.
    """
    keys = sequence_ids[:, None, None, :]
    mask = sequence_ids[:, None, :, None] == keys
    first_mask = sequence_ids.gather(1, first)[:, None, :, None] == keys
    return _logits(model, input_ids, position_ids, mask, first, first_mask)


def _padded_logits(model: Any, input_ids: Tensor, attention_mask: Tensor) -> Tensor:
    positions = (attention_mask.cumsum(1) - 1).clamp(min=0)
    mask = attention_mask[:, None, None, :] > 0
    first = torch.zeros_like(input_ids[:, :1])
    return _logits(model, input_ids, positions, mask, first, mask)


def _own_logits(model: Any, input_ids: Tensor, attention_mask: Tensor) -> Tensor:
    logits: Tensor = model(input_ids=input_ids, attention_mask=attention_mask).logits
    return logits


def _logits(
    model: Any,
    input_ids: Tensor,
    positions: Tensor,
    mask: Tensor,
    first: Tensor,
    first_mask: Tensor,
) -> Tensor:
    encoder, head = model.base_model, _HEADS[model.config.model_type]
    # RoBERTa and its kind count positions from behind the padding token's.
    offset = 0 if head is _bert_head else model.config.pad_token_id + 1
    hidden = encoder.embeddings(input_ids=input_ids, position_ids=positions + offset)
    *layers, last = encoder.encoder.layer
    for layer in layers:
        hidden = layer(hidden, attention_mask=mask)
    rows = first[..., None].expand(-1, -1, hidden.shape[-1])
    summary = _last(last, hidden, hidden.gather(1, rows), first_mask)
    return head(model, summary.flatten(0, 1)[:, None])


def _last(layer: Any, hidden: Tensor, first: Tensor, mask: Tensor) -> Tensor:
    """Return what a layer makes of the first tokens, shape (b, m, d)."""
    attention = layer.attention.self

    def heads(states: Tensor) -> Tensor:
        shape = (*states.shape[:-1], -1, attention.attention_head_size)
        return states.view(shape).transpose(1, 2)

    context = scaled_dot_product_attention(
        heads(attention.query(first)),
        heads(attention.key(hidden)),
        heads(attention.value(hidden)),
        attn_mask=mask,
        dropout_p=attention.dropout.p if attention.training else 0.0,
    )
    attended = layer.attention.output(context.transpose(1, 2).flatten(2), first)
    result: Tensor = layer.output(layer.intermediate(attended), attended)
    return result
