"""Training examples/s: TransformerClassifier beside the Hugging Face Trainer, both on the CPU.

    python benchmarks/training.py [--texts N] [--batch-size N] [--epochs N] [--rounds N]

Same base model (all-MiniLM-L6-v2), Banking77 training texts, labels, batch size, number of epochs
and longest text (128 tokens); for each everything else is its default. That of the Trainer: random
batches padded to their longest text by `DataCollatorWithPadding`, fused AdamW on all weights. Ours:
batches of like length, embedding rows updated sparsely, matrices multiplied by oneDNN, and of the
last layer only what the head reads. Both train
in 32-bit floats with the base model's dropout and clip at 1.0.

Only training is timed: loading, tokenising, validation and saving are left out on both sides. The
two take turns, so that a busy machine slows both alike, and medians are compared. Beside the wall
clock stands the processor's time, which other programs disturb less.
"""

from __future__ import annotations

import argparse
import csv
import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from transformers import DataCollatorWithPadding, PrinterCallback, Trainer, TrainingArguments

from penstock.modeling import TransformerClassifier
from penstock.modeling.base_models import DEFAULT, resolve
from penstock.modeling.encoder import load_encoder, load_tokenizer
from penstock.modeling.progress import Progress

DATA = Path(__file__).parents[1] / "../shared/data/banking77"
TARGET = 4.0
MAX_LENGTH = 128


@dataclass(frozen=True)
class Speed:
    """Examples/s by the clock on the wall, and by the processor's time for this process."""

    wall: float
    processor: float


class Clock:
    """Runs from when it is made."""

    def __init__(self) -> None:
        self._wall, self._processor = time.perf_counter(), time.process_time()

    def speed(self, examples: int) -> Speed:
        wall, processor = time.perf_counter() - self._wall, time.process_time() - self._processor
        return Speed(examples / wall, examples / processor)


def read(count: int) -> tuple[list[str], list[str]]:
    """Return random training texts, the same ones each time."""
    with (DATA / "train.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    chosen = np.random.default_rng(0).permutation(len(rows))[:count]
    return [rows[row]["text"] for row in chosen], [rows[row]["category"] for row in chosen]


def ours(texts: list[str], labels: list[str], batch_size: int, epochs: int) -> Speed:
    """Time our steps from the end of the first one, which is what starts the clock."""
    clocks: list[Clock] = []

    def watch(now: Progress) -> None:
        if now.step == 1:
            clocks.append(Clock())

    classifier = TransformerClassifier(
        epochs=epochs,
        batch_size=batch_size,
        max_length=MAX_LENGTH,
        validation_share=0,
        few_shot=False,  # so few texts would be warmed up, which the Trainer does not do
        device="cpu",
    )
    classifier.set_params(progress=watch).fit(texts, labels)
    return clocks[0].speed(len(texts) * epochs - batch_size)


def trainer(texts: list[str], labels: list[str], batch_size: int, epochs: int) -> Speed:
    """Time ``Trainer.train``."""
    classes, source = sorted(set(labels)), resolve(DEFAULT, None)
    tokenizer = load_tokenizer(source)
    encoded = tokenizer(texts, truncation=True, max_length=MAX_LENGTH)
    columns = (encoded["input_ids"], encoded["attention_mask"], labels)
    rows: Any = [
        {"input_ids": ids, "attention_mask": mask, "labels": classes.index(label)}
        for ids, mask, label in zip(*columns, strict=True)
    ]
    with tempfile.TemporaryDirectory() as folder:
        arguments = TrainingArguments(
            folder,
            per_device_train_batch_size=batch_size,
            num_train_epochs=epochs,
            use_cpu=True,
            save_strategy="no",
            report_to="none",
            disable_tqdm=True,
        )
        work = Trainer(
            load_encoder(source, classes),
            arguments,
            train_dataset=rows,
            data_collator=DataCollatorWithPadding(tokenizer),
        )
        work.remove_callback(PrinterCallback)
        clock = Clock()
        work.train()
        return clock.speed(len(texts) * epochs)


SIDES: dict[str, Callable[..., Speed]] = {"Trainer": trainer, "TransformerClassifier": ours}


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    options.add_argument("--texts", type=int, default=960)
    options.add_argument("--batch-size", type=int, default=32, help="default 32, as ours")
    options.add_argument("--epochs", type=int, default=1)
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument("--threads", type=int, default=torch.get_num_threads())
    chosen = options.parse_args()
    if not DATA.is_dir():
        print(f"skipped: there is no Banking77 in {DATA}")
        return 0
    torch.set_num_threads(chosen.threads)
    texts, labels = read(chosen.texts)
    print(
        f"{len(texts)} texts, batches of {chosen.batch_size}, {chosen.epochs} epoch(s), "
        f"{chosen.threads} thread(s), {torch.backends.cpu.get_cpu_capability()}"
    )
    speeds: dict[str, list[Speed]] = {name: [] for name in SIDES}
    for number in range(chosen.rounds):
        for name, side in SIDES.items():
            speeds[name].append(side(texts, labels, chosen.batch_size, chosen.epochs))
        told = ", ".join(f"{name} {found[-1].wall:.0f}" for name, found in speeds.items())
        print(f"round {number + 1}: {told} examples/s", flush=True)
    return judged(speeds)


def judged(speeds: dict[str, list[Speed]]) -> int:
    """Print medians and ratios; return 0 where the target is reached."""
    ratio = 0.0
    for clock in ("processor", "wall"):
        theirs, own = (
            statistics.median(getattr(speed, clock) for speed in found) for found in speeds.values()
        )
        ratio = own / theirs
        print(f"medians, {clock}: Trainer {theirs:.1f}, ours {own:.1f} examples/s: {ratio:.2f}x")
    print(f"target {TARGET:.0f}x: {'reached' if ratio >= TARGET else 'missed'}")
    return int(ratio < TARGET)


if __name__ == "__main__":
    raise SystemExit(main())
