"""Bulk prediction: our python function beside that of `mlflow.transformers`, on the same weights.

    python benchmarks/predict.py [--epochs N] [--train N] [--texts N] [--rounds N] [--threads N]

Fine-tunes all-MiniLM-L6-v2 on Banking77 training texts, saves the weights twice, with
`penstock.flavor.save_model` and with `mlflow.transformers.save_model` (task text-classification,
its defaults), and asks both through `mlflow.pyfunc.load_model(...).predict` for the labels of the
test split in one call. The two take turns; medians are compared. Then come the accuracy of the
int8 engine beside fp32, and in fresh processes the time to import penstock and load the model.
"""

from __future__ import annotations

import argparse
import csv
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import mlflow
import numpy as np
import torch

from penstock import flavor
from penstock.engines.scorer import TextScorer
from penstock.modeling import TransformerClassifier

DATA = Path(__file__).parents[1] / "../shared/data/banking77"
SPEED, LOSS, LOAD = 10.0, -0.3, 1.0
"""Targets: times as fast, points of accuracy, seconds."""

IMPORT = """
import sys, time
began = time.perf_counter()
import penstock
from penstock.engines.scorer import TextScorer
TextScorer.load(__import__("pathlib").Path(sys.argv[1]))
print(time.perf_counter() - began)
"""


def read(name: str, count: int | None = None) -> tuple[list[str], list[str]]:
    """Return texts and labels in a random order, the same one each time."""
    with (DATA / name).open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    chosen = np.random.default_rng(0).permutation(len(rows))[:count]
    return [rows[row]["text"] for row in chosen], [rows[row]["category"] for row in chosen]


def save_transformers(classifier: TransformerClassifier, path: Path) -> None:
    """Save the same weights and tokenizer as MLflow's transformers flavor does."""
    import mlflow.transformers

    # Ours divides logits by a temperature, which changes no label.
    mlflow.transformers.save_model(
        transformers_model={"model": classifier.model_, "tokenizer": classifier.tokenizer_},
        path=str(path),
        task="text-classification",
        # MLflow would ask torchvision for its version, which text needs not.
        pip_requirements=["torch", "transformers"],
    )


def labels_of(answer: Any) -> list[str]:
    """Return labels of either's answer: an array, or a frame with a column ``label``."""
    return list(answer["label"] if hasattr(answer, "columns") else answer)


def speeds(models: dict[str, Any], texts: list[str], rounds: int) -> dict[str, float]:
    """Return median texts/s of each."""
    seconds: dict[str, list[float]] = {name: [] for name in models}
    for number in range(rounds):
        for name, model in models.items():
            began = time.perf_counter()
            model.predict(texts)
            seconds[name].append(time.perf_counter() - began)
        told = ", ".join(f"{name} {len(texts) / took[-1]:.0f}" for name, took in seconds.items())
        print(f"round {number + 1}: {told} texts/s", flush=True)
    return {name: len(texts) / statistics.median(took) for name, took in seconds.items()}


def agreement(first: list[str], second: list[str]) -> float:
    return float(np.mean([one == other for one, other in zip(first, second, strict=True)]))


def accuracy(folder: Path, engine: str, texts: list[str], labels: list[str]) -> float:
    scorer = TextScorer.load(folder, engine=engine)
    best = scorer.predict_proba(texts).argmax(axis=1)
    return agreement([scorer.classes[at] for at in best], labels)


def loading(folder: Path, rounds: int) -> float:
    """Return the median time to import penstock and load a model, each in a new process."""
    command = [sys.executable, "-c", IMPORT, str(folder)]
    found = [
        float(subprocess.run(command, check=True, capture_output=True, env=os.environ).stdout)
        for _ in range(rounds + 1)
    ]
    return statistics.median(found[1:])  # the first one warms the disk


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    options.add_argument("--epochs", type=int, default=5)
    options.add_argument("--train", type=int, help="training texts; default all")
    options.add_argument("--texts", type=int, help="test texts; default all")
    options.add_argument("--rounds", type=int, default=5)
    options.add_argument("--threads", type=int, default=torch.get_num_threads())
    chosen = options.parse_args()
    if not DATA.is_dir():
        print(f"skipped: there is no Banking77 in {DATA}")
        return 0
    torch.set_num_threads(chosen.threads)
    texts, labels = read("test.csv", chosen.texts)
    classifier = TransformerClassifier(epochs=chosen.epochs).fit(*read("train.csv", chosen.train))
    with tempfile.TemporaryDirectory() as scratch:
        folder, theirs = Path(scratch) / "ours", Path(scratch) / "transformers"
        flavor.save_model(classifier, folder, engine=["openvino-int8", "openvino-fp32"])
        save_transformers(classifier, theirs)
        return measured(folder, theirs, texts, labels, chosen.rounds)


def measured(folder: Path, theirs: Path, texts: list[str], labels: list[str], rounds: int) -> int:
    """Print each figure beside its target; return 0 where all are reached."""
    models = {
        "mlflow.transformers": mlflow.pyfunc.load_model(str(theirs)),
        "penstock": mlflow.pyfunc.load_model(str(folder)),
    }
    first, second = (labels_of(model.predict(texts)) for model in models.values())
    print(f"same label for {agreement(first, second):.2%} of the texts")
    found = speeds(models, texts, rounds)
    times = found["penstock"] / found["mlflow.transformers"]
    scores = {
        name: accuracy(folder, name, texts, labels) for name in ("openvino-fp32", "openvino-int8")
    }
    loss = 100 * (scores["openvino-int8"] - scores["openvino-fp32"])
    load = loading(folder, rounds)
    print(
        f"medians: {', '.join(f'{name} {speed:.0f}' for name, speed in found.items())} texts/s\n"
        f"bulk predict {times:.1f}x (target {SPEED:.0f}x)\n"
        f"accuracy fp32 {scores['openvino-fp32']:.2%}, int8 {scores['openvino-int8']:.2%}: "
        f"{loss:+.2f} points (target {LOSS})\n"
        f"import and load {load:.2f} s (target {LOAD:.0f} s)"
    )
    return int(times < SPEED or loss < LOSS or load > LOAD)


if __name__ == "__main__":
    raise SystemExit(main())
