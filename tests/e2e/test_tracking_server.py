"""The stages against a real MLflow server, and a base model in a local folder."""

import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import mlflow
import pytest
import torch
from terminal import Terminal
from tokenizers import Tokenizer, models, pre_tokenizers, processors
from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

ROWS = [("please call me", "yes"), ("no thanks stop", "no")]
WORDS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "please", "call", "me", "no", "thanks", "stop"]


def base_model(folder: Path) -> None:
    """Write an encoder with random weights, as a hub would hold it."""
    tokenizer = Tokenizer(models.WordLevel({w: i for i, w in enumerate(WORDS)}, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, pad_token="[PAD]", unk_token="[UNK]"
    ).save_pretrained(folder)
    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=len(WORDS), hidden_size=32, num_hidden_layers=1, num_attention_heads=2,
        intermediate_size=32, max_position_embeddings=66,
    )  # fmt: skip
    BertModel(config).save_pretrained(folder)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[str]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = subprocess.Popen(
        [
            sys.executable, "-m", "mlflow", "server", "--host", "127.0.0.1", "--port", str(port),
            "--backend-store-uri", f"sqlite:///{tmp_path / 'server.db'}",
            "--artifacts-destination", str(tmp_path / "artifacts"), "--workers", "1",
        ],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
    )  # fmt: skip
    url = f"http://127.0.0.1:{port}"
    try:
        wait(url)
        yield url
    finally:
        process.terminate()
        process.wait(timeout=30)


def wait(url: str) -> None:
    for _ in range(120):
        try:
            urllib.request.urlopen(f"{url}/health", timeout=1).read()
            return
        except OSError:
            time.sleep(0.5)
    raise TimeoutError(url)


def test_the_server_has_runs_versions_and_lineage(
    tmp_path: Path, server: str, terminal_in: Callable[[Path], Terminal]
) -> None:
    base_model(tmp_path / "base")
    lines = [f"{text} {'call ' * i},{label}" for i in range(20) for text, label in ROWS]
    (tmp_path / "data.csv").write_text("text,label\n" + "\n".join(lines) + "\n")
    terminal_in(tmp_path).json("init", "words", "--data", "data.csv")
    plain = terminal_in(tmp_path / "words")
    terminal = Terminal(plain.folder, plain.environment | {"MLFLOW_TRACKING_URI": server})
    terminal.json("publish", "dataset:words-texts", "data")
    terminal.json(
        "train", "--epochs", "1", "--max-length", "64", "--base-model", str(tmp_path / "base")
    )
    assert terminal.json("test")["report"] == "report:words@1"
    wrapped = terminal.json("wrap")
    client = mlflow.MlflowClient(server)
    version = client.get_model_version("words-wrapped", "1")
    assert version.tags["penstock.digest"] == wrapped["digest"]
    run = client.get_run(client.get_model_version("words-trained", "1").run_id)
    assert run.inputs.dataset_inputs[0].dataset.name.endswith("words-texts")
    assert not (plain.folder / "mlflow.db").exists()
