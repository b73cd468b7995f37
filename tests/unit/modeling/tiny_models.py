"""Tiny encoders with random weights, one of each architecture, and a toy set of texts."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import torch
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors
from transformers import AutoConfig, AutoModel, PreTrainedTokenizerFast

WORDS = [
    "yes",
    "please",
    "call",
    "me",
    "tomorrow",
    "no",
    "thanks",
    "stop",
    "writing",
    "we",
    "are",
    "not",
    "interested",
    "who",
    "is",
    "this",
    "great",
    "idea",
    "send",
    "the",
    "contract",
    "remove",
    "my",
    "address",
    "from",
    "your",
    "list",
    "a",
    "b",
    "c",
    "d",
    "e",
    "1",
    "2",
    "3",
    "4",
]
SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
SIZES = {
    "hidden_size": 32,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "intermediate_size": 64,
    "max_position_embeddings": 66,
    "pad_token_id": 0,
}
DISTIL = {"dim": 32, "n_layers": 2, "n_heads": 2, "hidden_dim": 64, "max_position_embeddings": 66}
OWN = {
    "distilbert": {**DISTIL, "pad_token_id": 0},
    "albert": {**SIZES, "embedding_size": 16},
    "xlnet": {
        "d_model": 32,
        "n_layer": 2,
        "n_head": 2,
        "d_inner": 64,
        "pad_token_id": 0,
    },
    "electra": {**SIZES, "embedding_size": 16},
    "modernbert": {
        **SIZES,
        "bos_token_id": 2,
        "eos_token_id": 3,
        "cls_token_id": 2,
        "sep_token_id": 3,
    },
}
DEBERTA = {
    **SIZES,
    "relative_attention": True,
    "pos_att_type": ["p2c", "c2p"],
    "position_buckets": 16,
    "norm_rel_ebd": "layer_norm",
    "share_att_key": True,
}
OWN["deberta-v2"] = DEBERTA
OWN["deberta"] = {**SIZES, "relative_attention": True, "pos_att_type": ["c2p", "p2c"]}
OWN["xlnet"] = {"d_model": 32, "n_layer": 2, "n_head": 2, "d_inner": 64, "pad_token_id": 0}
ARCHITECTURES = (
    *("bert", "roberta", "distilbert", "albert", "electra", "deberta-v2", "modernbert"),
    *("xlnet", "deberta", "xlm-roberta", "camembert", "mpnet"),
)


def make_base_model(folder: Path, kind: str = "bert", words: Sequence[str] = WORDS) -> Path:
    vocabulary = {word: index for index, word in enumerate([*SPECIAL, *sorted(set(words))])}
    tokenizer = Tokenizer(models.WordLevel(vocabulary, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    names = ("pad", "unk", "cls", "sep", "mask")
    special = {f"{name}_token": f"[{name.upper()}]" for name in names}
    side = "left" if kind == "xlnet" else "right"
    fast = PreTrainedTokenizerFast(tokenizer_object=tokenizer, padding_side=side, **special)
    fast.save_pretrained(folder)
    config = AutoConfig.for_model(kind, vocab_size=len(vocabulary), **OWN.get(kind, SIZES))
    with torch.random.fork_rng():
        torch.manual_seed(7)
        AutoModel.from_config(config).save_pretrained(folder)
    return folder


def make_sentence_encoder(folder: Path, **said: bool) -> Path:
    """Write a base model that says how it pools; by mean where nothing else is `said`."""
    make_base_model(folder)
    (folder / "1_Pooling").mkdir()
    said = said or {"pooling_mode_mean_tokens": True}
    (folder / "1_Pooling" / "config.json").write_text(json.dumps(said))
    return folder


def toy_set(copies: int = 6) -> tuple[list[str], list[str]]:
    said = {
        "no": ["no thanks", "stop writing", "we are not interested", "remove my address"],
        "yes": ["yes please", "call me tomorrow", "great idea", "send the contract"],
    }
    rows = [
        (f"{text} {'a b c d'[: 1 + 2 * (copy % 4)]}", label)
        for copy in range(copies)
        for label, texts in said.items()
        for text in texts
    ]
    return [text for text, _ in rows], [label for _, label in rows]
