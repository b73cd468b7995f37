"""A tiny random BERT as a trained model directory: real graph, real tokeniser, 0.2 MB."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors

from penstock.artifacts.manifest import write_manifest

CLASSES = ["objection", "positive", "referral"]
WORDS = (
    *("yes", "no", "please", "call", "me", "later", "thanks", "we"),
    *("have", "vendor", "not", "now", "talk", "to", "my"),
)
SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]"]


def build_tiny_model(
    directory: Path,
    *,
    classes: Sequence[object] = CLASSES,
    max_length: int = 32,
    temperature: float = 1.5,
    inputs: Sequence[str] = ("input_ids", "attention_mask"),
) -> Path:
    """Write a trained model, manifest and all, into `directory`; torch is imported here."""
    for name in ("classifier", "engine"):
        (directory / name).mkdir(parents=True)
    tiny_tokenizer().save(str(directory / "classifier/tokenizer.json"))
    _write_graph(directory / "engine/model.xml", len(classes), inputs)
    _write_json(
        directory / "classifier/classifier.json",
        {
            "format": 1,
            "classes": list(classes),
            "max_length": max_length,
            "temperature": temperature,
            "parameters": {},
        },
    )
    _write_json(
        directory / "engine/engine.json",
        {
            "format": 1,
            "engine": "openvino",
            "precision": "fp32",
            "graph": "model.xml",
            "inputs": list(inputs),
            "report": {},
        },
    )
    _write_json(directory / "provenance.json", PROVENANCE)
    write_manifest(directory)
    return directory


PROVENANCE = {
    "format": 1,
    "commit": "0123456789abcdef0123456789abcdef01234567",
    "run_id": "0f" * 16,
    "dataset": {"reference": "dataset:replies@3", "digest": "sha256:" + "00" * 32},
}


def tiny_tokenizer() -> Tokenizer:
    vocabulary = {word: number for number, word in enumerate([*SPECIAL, *WORDS])}
    tokenizer = Tokenizer(models.WordLevel(vocabulary, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    return tokenizer


def _write_graph(path: Path, n_classes: int, inputs: Sequence[str]) -> None:
    import openvino
    import torch
    from transformers import BertConfig, BertForSequenceClassification

    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=len(SPECIAL) + len(WORDS),
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=64,
        num_labels=n_classes,
        initializer_range=0.6,
        attn_implementation="eager",
    )
    model = BertForSequenceClassification(config).eval()
    example = {name: torch.ones((2, 5), dtype=torch.int64) for name in inputs}
    shape = openvino.PartialShape([-1, -1])
    graph = openvino.convert_model(
        model, example_input=example, input=dict.fromkeys(inputs, (shape, openvino.Type.i64))
    )
    openvino.save_model(graph, path, compress_to_fp16=False)


def _write_json(path: Path, value: object) -> None:
    path.write_text(json.dumps(value, indent=1), encoding="utf-8")
