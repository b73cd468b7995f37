"""Accuracy of TransformerClassifier with all defaults, beside TF-IDF with a linear SVM.

    python benchmarks/accuracy.py [banking77] [10-shot] [5-shot] [enron] [--engine] [--json FILE]

Trains on each train split, all of them by default, and looks at its test split once. Prints
accuracy with its 95 % interval (Wilson), macro F1, and training time; with ``--engine`` also what
the exported engine says of the same texts. The data lies in ../shared/data beside the repository.
"""

from __future__ import annotations

import argparse
import csv
import json
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from scipy.stats import binomtest
from sklearn.metrics import accuracy_score, f1_score

from penstock.flavor import load_pyfunc, save_directory
from penstock.modeling import TransformerClassifier
from penstock.modeling.baseline import baseline

DATA = Path(__file__).parents[1] / "../shared/data"
HEADING = ("accuracy", "95 % interval", "macro F1", "training")
ENRON = ("Ask0729-fixed.txt", "testSet-qualifiedBatch-fixed.txt")

Rows = tuple[list[str], list[str]]


@dataclass(frozen=True)
class Figure:
    """One line of the table; `seconds` are those of training, or of the export."""

    task: str
    model: str
    accuracy: float
    low: float
    high: float
    macro_f1: float
    seconds: float


def banking77(split: str) -> Rows:
    with (DATA / "banking77" / f"{split}.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return [row["text"] for row in rows], [row["category"] for row in rows]


def few_shot(split: str) -> Rows:
    folder = DATA / "banking77-fewshot" / split
    texts, labels = ((folder / name).read_text(encoding="utf-8") for name in ("seq.in", "label"))
    return texts.split("\n")[:-1], labels.split("\n")[:-1]


def enron(name: str) -> Rows:
    content = (DATA / "enron-email-intent" / name).read_text(encoding="utf-8", errors="replace")
    rows = [line.split("\t", 1) for line in content.split("\n") if "\t" in line]
    rows = [row for row in rows if row[1].strip()]
    return [text for _, text in rows], [label for label, _ in rows]


TASKS: dict[str, tuple[float, Callable[[str], Rows], str, str]] = {
    "banking77": (0.93, banking77, "train", "test"),
    "10-shot": (0.86, few_shot, "train_10", "test"),
    "5-shot": (0.79, few_shot, "train_5", "test"),
    "enron": (0.83, enron, *ENRON),
}
"""Of each: what is to be reached, how it is read, its train and its test split."""


def figure(task: str, model: str, truth: list[str], predicted: Any, seconds: float) -> Figure:
    right = round(float(accuracy_score(truth, predicted)) * len(truth))
    interval = binomtest(right, len(truth)).proportion_ci(method="wilson")
    macro = float(f1_score(truth, predicted, average="macro"))
    found = Figure(
        task, model, right / len(truth), interval.low, interval.high, macro, round(seconds, 1)
    )
    print(
        f"{task:10} {model:22} {found.accuracy:8.2%} {found.low:7.1%} to {found.high:5.1%} "
        f"{macro:8.2%} {seconds:8.0f} s",
        flush=True,
    )
    return found


def fitted(task: str, name: str, model: Any, train: Rows, test: Rows) -> Figure:
    began = time.perf_counter()
    model.fit(*train)
    seconds = time.perf_counter() - began
    return figure(task, name, test[1], model.predict(test[0]), seconds)


def exported(task: str, classifier: Any, test: Rows) -> Figure:
    began = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        save_directory(classifier, Path(folder) / "model")
        seconds = time.perf_counter() - began
        predicted = load_pyfunc(Path(folder) / "model").predict(test[0])
    return figure(task, "its engine", test[1], predicted, seconds)


def run(task: str, engine: bool) -> list[Figure]:
    target, read, train, test = TASKS[task]
    learn, judge = read(train), read(test)
    classifier = TransformerClassifier(progress=True)
    found = [
        fitted(task, "TF-IDF, linear SVM", baseline(), learn, judge),
        fitted(task, "TransformerClassifier", classifier, learn, judge),
    ]
    reached = found[1].accuracy >= target
    print(f"{task:10} {'reached' if reached else 'missed':22} {target:8.2%}", flush=True)
    return [*found, *([exported(task, classifier, judge)] if engine else [])]


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("tasks", nargs="*", default=list(TASKS), metavar="TASK")
    options.add_argument("--engine", action="store_true")
    options.add_argument("--json", type=Path)
    chosen = options.parse_args()
    if unknown := set(chosen.tasks) - set(TASKS):
        options.error(f"unknown {', '.join(sorted(unknown))}; there are {', '.join(TASKS)}")
    if not DATA.is_dir():
        print(f"skipped: there is no data in {DATA}")
        return 0
    print(f"{'':33} {HEADING[0]:>8} {HEADING[1]:>16} {HEADING[2]:>8} {HEADING[3]:>10}")
    figures = [found for task in chosen.tasks for found in run(task, chosen.engine)]
    if chosen.json:
        chosen.json.write_text(json.dumps([asdict(found) for found in figures], indent=2))
    best = {found.task: found for found in figures if found.model == "TransformerClassifier"}
    return int(any(found.accuracy < TASKS[task][0] for task, found in best.items()))


if __name__ == "__main__":
    raise SystemExit(main())
