"""Rows to train and test on: text after a reply cutter has done its work."""

from __future__ import annotations

import csv
import os
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from penstock.showcase.bodies import Body, load_bodies, split
from penstock.showcase.people import prospect, seller
from penstock.showcase.phrases import dress
from penstock.showcase.sources import seeded

__all__ = ["Example", "examples", "write_csv"]


@dataclass(frozen=True, slots=True)
class Example:
    """One labelled text, the body it was made from, and the language of both."""

    text: str
    label: str
    body_id: str
    language: str


def examples(seed: int = 0, wrappings: int = 2) -> tuple[list[Example], list[Example]]:
    """Return train rows, ``wrappings`` for each train body, and one test row a test body.

    Train and test rows are made alike: each may have a greeting and a sign-off, and some
    have neither. There is no signature, footer or thread. The same seed gives the same rows.
    """
    if wrappings < 1:
        raise ValueError(f"wrappings: {wrappings} is below 1")
    train, test = split(load_bodies(), seed=seed)
    return (
        [_dressed(body, seed, f"train {n}") for body in train for n in range(wrappings)],
        [_dressed(body, seed, "test") for body in test],
    )


def _dressed(body: Body, seed: int, purpose: str) -> Example:
    rng = seeded(seed, purpose, body.id)
    text = dress(body.text, rng, body.language, prospect(rng), seller(rng))
    return Example(text, body.intent, body.id, body.language)


def write_csv(
    directory: str | os.PathLike[str], seed: int = 0, wrappings: int = 2
) -> tuple[Path, Path]:
    """Write ``train.csv`` and ``test.csv`` and return their paths.

    Columns: text, label, body_id, language. UTF-8; each file appears whole or not at all.
    """
    folder = Path(directory)
    folder.mkdir(parents=True, exist_ok=True)
    train, test = examples(seed, wrappings)
    return _write(folder / "train.csv", train), _write(folder / "test.csv", test)


def _write(path: Path, rows: Sequence[Example]) -> Path:
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(["text", "label", "body_id", "language"])
            writer.writerows((row.text, row.label, row.body_id, row.language) for row in rows)
        Path(name).chmod(0o644)
        Path(name).replace(path)
    except BaseException:  # also when interrupted: no scratch file stays
        Path(name).unlink(missing_ok=True)
        raise
    return path
