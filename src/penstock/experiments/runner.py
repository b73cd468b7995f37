"""Fits one candidate and measures it: in this process, or as a script in another environment.

As a script, ``python -I runner.py FOLDER``, it needs the standard library and what the
candidate is made of; Penstock itself need not be installed there. It reads

- ``job.json``: ``{"kind", "settings"}``,
- ``train.jsonl``: ``{"text", "label"}`` a line,
- ``texts.jsonl``: ``{"text"}`` a line, to be labelled,

writes ``outcome.json`` (see `measure`) and tells on stdout what it does, one JSON object a line:
``{"doing": "training"}`` or, at last, ``{"failed": "why"}``. What libraries print goes to stderr.
"""

from __future__ import annotations

import ctypes
import importlib
import importlib.metadata
import inspect
import io
import json
import os
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Protocol

PREFIX = "__penstock_label__"
_M_PERTURB = -6
"""Of mallopt(3): fill new memory with the complement of a byte."""
PASSES, ENOUGH_SECONDS = 3, 2.0
Tell = Callable[[str], None]


class Model(Protocol):
    """What a candidate is to be measured by."""

    def fit(self, texts: list[str], labels: list[str]) -> object:
        """Learn."""

    def predict(self, texts: list[str]) -> Sequence[str]:
        """Return a label for each text."""

    def size(self, folder: Path) -> int | None:
        """Return the bytes it takes on disk; `folder` is empty and its own. None: unknown."""


def measure(
    model: Model, train: tuple[list[str], list[str]], texts: list[str], tell: Tell
) -> dict[str, Any]:
    """Fit on texts and labels, label other texts.

    Returns
    -------
    ``labels`` of `texts`, ``train_seconds``, ``texts_per_second`` (the fastest of up to three
    passes within two seconds) and ``size`` in bytes or None.
    """
    tell("training")
    started = time.perf_counter()
    model.fit(*train)
    trained = time.perf_counter() - started
    tell("predicting")
    labels, seconds = _predict(model, texts)
    with tempfile.TemporaryDirectory() as folder:
        size = model.size(Path(folder))
    return {
        "labels": labels,
        "train_seconds": trained,
        "texts_per_second": len(texts) / max(seconds, 1e-9),
        "size": size,
    }


def _predict(model: Model, texts: list[str]) -> tuple[list[str], float]:
    times: list[float] = []
    labels: list[str] = []
    while len(times) < PASSES and sum(times) < ENOUGH_SECONDS:
        started = time.perf_counter()
        labels = [str(label) for label in model.predict(texts)]
        times.append(time.perf_counter() - started)
    return labels, min(times)


class Estimator:
    """A scikit-learn classifier of texts."""

    def __init__(self, pipeline: Any) -> None:
        self.pipeline = pipeline

    def fit(self, texts: list[str], labels: list[str]) -> object:
        """Learn."""
        return self.pipeline.fit(texts, labels)

    def predict(self, texts: list[str]) -> Sequence[str]:
        """Return a label for each text."""
        labels: Sequence[str] = self.pipeline.predict(texts)
        return labels

    def size(self, folder: Path) -> int | None:
        """Count the bytes that joblib would write; nothing is written, nothing ever read."""
        import pickle  # written to a counter alone: a size is all that is wanted, nothing is read

        counter = _Counter()
        try:
            pickle.Pickler(counter, protocol=5).dump(self.pipeline)
        except Exception:  # a foreign estimator may refuse in any way: its size is unknown
            return None
        return counter.count


class _Counter(io.RawIOBase):
    """A file that only counts."""

    count = 0

    def write(self, content: Any) -> int:
        """Count the bytes."""
        size = memoryview(content).nbytes
        self.count += size
        return size


def pipeline_of(steps: list[dict[str, Any]], seed: int) -> Any:
    """Build a pipeline from ``{"estimator": dotted name, "parameters": {...}}`` a step."""
    from sklearn.pipeline import make_pipeline

    made = [_estimator(step["estimator"], step["parameters"], seed) for step in steps]
    if not takes_text(made[0]):
        from sklearn.feature_extraction.text import TfidfVectorizer

        made.insert(0, TfidfVectorizer())
    return make_pipeline(*made)


def _estimator(name: str, parameters: dict[str, Any], seed: int) -> Any:
    made = find(name)
    if "random_state" in inspect.signature(made).parameters:
        parameters = {"random_state": seed, **parameters}
    return made(**parameters)


def find(name: str) -> Any:
    """Import the thing a dotted name stands for; ImportError or AttributeError."""
    module, _, attribute = name.rpartition(".")
    return getattr(importlib.import_module(module), attribute)


def takes_text(estimator: Any) -> bool:
    """Say whether an estimator's scikit-learn tags have it read text."""
    if hasattr(estimator, "__sklearn_tags__"):
        return bool(estimator.__sklearn_tags__().input_tags.string)
    tags = estimator._get_tags() if hasattr(estimator, "_get_tags") else {}
    return "string" in tags.get("X_types", ())


class Fasttext:
    """fastText; labels are numbers to it, so that any label can be one."""

    def __init__(self, settings: dict[str, Any]) -> None:
        self.settings = settings

    def fit(self, texts: list[str], labels: list[str]) -> object:
        """Learn, on one thread: more would make each run another."""
        import fasttext

        self.classes = sorted(set(labels))
        self.usual = Counter(labels).most_common(1)[0][0]
        number = {label: index for index, label in enumerate(self.classes)}
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "train.txt"
            rows = zip(texts, labels, strict=True)
            lines = [f"{PREFIX}{number[label]} {_line(text)}\n" for text, label in rows]
            path.write_text("".join(lines), encoding="utf-8")
            _zero_new_memory()
            self.model = fasttext.train_supervised(
                str(path), label=PREFIX, thread=1, verbose=0, **self.settings
            )
        return self

    def predict(self, texts: list[str]) -> Sequence[str]:
        """Return a label for each text; the commonest where fastText knows no word of it."""
        found, _ = self.model.predict([_line(text) for text in texts])
        return [
            self.classes[int(names[0].removeprefix(PREFIX))] if names else self.usual
            for names in found
        ]

    def size(self, folder: Path) -> int | None:
        """Save and look."""
        self.model.save_model(str(folder / "model"))
        return _bytes(folder)


def _zero_new_memory() -> None:
    """Have the C library hand out zeros from now on.

    On one thread fastText 0.9.2 sets a tenth of its word vectors and learns from what lies in
    the rest of their memory (`DenseMatrix::uniform` goes through ten blocks, one a thread): now and
    then that ends in "Encountered NaN", and a seed means nothing.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:  # glibc
        mallopt(_M_PERTURB, 255)


def _line(text: str) -> str:
    """Put a text on one line, with nothing in it that fastText takes for a label."""
    return " ".join(text.replace(PREFIX, "").split())


class Flair:
    """Flair's TextClassifier, without a development split: what is held out is not for it."""

    def __init__(self, settings: dict[str, Any]) -> None:
        self.settings = settings

    def fit(self, texts: list[str], labels: list[str]) -> object:
        """Learn."""
        import flair
        from flair.data import Corpus, Sentence
        from flair.datasets import FlairDatapointDataset
        from flair.models import TextClassifier
        from flair.trainers import ModelTrainer

        flair.set_seed(self.settings["seed"])
        self.usual = Counter(labels).most_common(1)[0][0]
        rows = zip(texts, labels, strict=True)
        sentences = [Sentence(text).add_label("class", label) for text, label in rows]
        corpus = Corpus(train=FlairDatapointDataset(sentences), sample_missing_splits=False)
        self.model = TextClassifier(
            self._embeddings(corpus),
            label_type="class",
            label_dictionary=corpus.make_label_dictionary("class", add_unk=False),
        )
        with tempfile.TemporaryDirectory() as folder:
            self._train(ModelTrainer(self.model, corpus), folder)
        return self

    def predict(self, texts: list[str]) -> Sequence[str]:
        """Return a label for each text; the commonest for one without a word."""
        from flair.data import Sentence

        sentences = [Sentence(text) for text in texts]
        self.model.predict(sentences, mini_batch_size=self.settings["batch_size"])
        return [
            s.get_label("class").value if s.get_labels("class") else self.usual for s in sentences
        ]

    def size(self, folder: Path) -> int | None:
        """Save and look."""
        self.model.save(folder / "model.pt")
        return _bytes(folder)

    def _embeddings(self, corpus: Any) -> Any:
        from flair.embeddings import (
            DocumentRNNEmbeddings,
            OneHotEmbeddings,
            TransformerDocumentEmbeddings,
        )

        if self.settings["embeddings"] == "one-hot":
            words = OneHotEmbeddings.from_corpus(corpus)
            return DocumentRNNEmbeddings([words], hidden_size=self.settings["hidden_size"])
        return TransformerDocumentEmbeddings(self.settings["base_model"], fine_tune=True)

    def _train(self, trainer: Any, folder: str) -> None:
        from torch.optim import AdamW

        trainer.fine_tune(
            folder,
            optimizer=AdamW,
            learning_rate=self.settings["learning_rate"],
            mini_batch_size=self.settings["batch_size"],
            max_epochs=self.settings["epochs"],
            save_final_model=False,
        )


def _bytes(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def model_of(kind: str, settings: dict[str, Any]) -> Model:
    """Return the model of a job."""
    if kind == "fasttext":
        return Fasttext(settings)
    if kind == "flair":
        return Flair(settings)
    return Estimator(pipeline_of(settings["pipeline"], settings["seed"]))


def main(folder: Path) -> int:
    """Do the job of a folder; return the exit status."""
    _end_with_parent()
    # Libraries print to stdout at will, from C++ too: it is theirs no more.
    events = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)

    def tell(**event: str) -> None:
        events.write(json.dumps(event) + "\n")
        events.flush()

    try:
        outcome = _do(folder, lambda doing: tell(doing=doing))
    except Exception as error:
        # Whatever a foreign library raises is the reason; its traceback goes to the log.
        tell(failed=f"{type(error).__name__}: {error}")
        raise
    (folder / "outcome.json").write_text(json.dumps(outcome), encoding="utf-8")
    return 0


def _do(folder: Path, tell: Tell) -> dict[str, Any]:
    tell("loading")
    job = json.loads((folder / "job.json").read_text(encoding="utf-8"))
    rows = _read(folder / "train.jsonl")
    train = [row["text"] for row in rows], [row["label"] for row in rows]
    texts = [row["text"] for row in _read(folder / "texts.jsonl")]
    outcome = measure(model_of(job["kind"], job["settings"]), train, texts, tell)
    found = {str(d.metadata["Name"]): d.version for d in importlib.metadata.distributions()}
    return {**outcome, "libraries": dict(sorted(found.items()))}


def _read(path: Path) -> list[dict[str, str]]:
    # Not splitlines: it also splits at U+2028, which JSON leaves as it is.
    return [json.loads(line) for line in path.read_text(encoding="utf-8").split("\n") if line]


def _end_with_parent() -> None:
    """Stop when Penstock is killed: nobody waits for the outcome any more."""
    parent = os.getppid()

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(1)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
