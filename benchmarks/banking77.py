"""Banking77 (77 intents, 10,003 training and 3,080 test texts), all defaults.

    python benchmarks/banking77.py [--epochs N] [--no-engine]

Prints accuracy, macro F1 and time of the TF-IDF baseline, of TransformerClassifier and of its
exported engine, side by side. The target is 92.5 % with all-MiniLM-L6-v2.
"""

from __future__ import annotations

import argparse
import csv
import tempfile
import time
from pathlib import Path
from typing import Any

from sklearn.metrics import accuracy_score, f1_score

from penstock.flavor import load_pyfunc, save_directory
from penstock.modeling import TransformerClassifier
from penstock.modeling.baseline import baseline

DATA = Path(__file__).parents[1] / "../shared/data/banking77"
TARGET = 0.925


def read(name: str) -> tuple[list[str], list[str]]:
    with (DATA / name).open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return [row["text"] for row in rows], [row["category"] for row in rows]


def told(name: str, truth: list[str], predicted: Any, fit: float, predict: float) -> float:
    accuracy = float(accuracy_score(truth, predicted))
    macro_f1 = f1_score(truth, predicted, average="macro")
    speed = len(truth) / predict
    print(f"{name:24} {accuracy:9.2%} {macro_f1:9.2%} {fit:8.1f} s {speed:9.0f}", flush=True)
    return accuracy


def timed(work: Any, *arguments: Any) -> tuple[Any, float]:
    began = time.perf_counter()
    return work(*arguments), time.perf_counter() - began


def run(name: str, model: Any, train: Any, test: Any) -> float:
    _, fit = timed(model.fit, *train)
    predicted, predict = timed(model.predict, test[0])
    return told(name, test[1], predicted, fit, predict)


def main() -> int:
    options = argparse.ArgumentParser()
    options.add_argument("--epochs", type=int)
    options.add_argument("--no-engine", action="store_true")
    chosen = options.parse_args()
    if not DATA.is_dir():
        print(f"skipped: there is no Banking77 in {DATA}")
        return 0
    train, test = read("train.csv"), read("test.csv")
    print(f"{'':24} {'accuracy':>9} {'macro F1':>9} {'training':>10} {'texts/s':>9}")
    run("TF-IDF, linear SVM", baseline(), train, test)
    run("TF-IDF, logistic", baseline(scores=True), train, test)
    classifier = TransformerClassifier(progress=True)
    if chosen.epochs:
        classifier.set_params(epochs=chosen.epochs)
    accuracy = run("TransformerClassifier", classifier, train, test)
    if not chosen.no_engine:
        with tempfile.TemporaryDirectory() as folder:
            _, export = timed(save_directory, classifier, Path(folder) / "model")
            engine = load_pyfunc(Path(folder) / "model")
            predicted, predict = timed(engine.predict, test[0])
            told("its engine", test[1], predicted, export, predict)
    print(f"target {TARGET:.1%}: {'reached' if accuracy >= TARGET else 'missed'}")
    return int(accuracy < TARGET)


if __name__ == "__main__":
    raise SystemExit(main())
