"""What two splits of labelled text say of each other, before anything is trained on them."""

from __future__ import annotations

import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable

from penstock.errors import DataError
from penstock.stages.labelled import LabelledText
from penstock.tables.likeness import plain, repeats

__all__ = ["check_splits", "leaks"]

SHOWN = 5


def check_splits(train: LabelledText, test: LabelledText, where: str) -> tuple[str, ...]:
    """Return what a person should know of two splits: sentences, none where all is well.

    Parameters
    ----------
    train, test : the splits.
    where : the test split is, for the error.

    Raises
    ------
    DataError : the test split is empty, or has labels that the train split lacks.
    """
    if not len(test):
        hint = "label more texts, or name held-out ones"
        raise DataError("too few texts to hold out some of any label", where=where, hint=hint)
    unknown = Counter(label for label in test.labels if label not in set(train.labels))
    if unknown:
        found = ", ".join(f"'{label}' ({count})" for label, count in sorted(unknown.items()))
        hint = "move some of their texts to the train split"
        raise DataError(f"has labels that the train split lacks: {found}", where=where, hint=hint)
    return (
        *_held_out_labels(train, test),
        *_look_alikes(train),
        *_two_labels(train, test),
        *_leaks(train, test),
    )


def leaks(train: LabelledText, test: LabelledText) -> list[int]:
    """Return the indices of test texts that are equal or nearly equal to one of train."""
    return repeats(train.texts, test.texts)


def _held_out_labels(train: LabelledText, test: LabelledText) -> list[str]:
    if len(set(test.labels)) == 1:
        return [f"the test split has one label only: '{test.labels[0]}'"]
    missing = sorted(set(train.labels) - set(test.labels))
    return [f"no text of {_named(missing)} is in the test split"] if missing else []


def _look_alikes(train: LabelledText) -> list[str]:
    """Labels that a person cannot tell apart, or hardly."""
    forms: dict[str, list[str]] = defaultdict(list)
    for label in sorted(set(train.labels)):
        forms[plain(label)].append(label)
    return [
        f"the labels {_named(labels)} differ only in {_difference(labels)}"
        for labels in forms.values()
        if len(labels) > 1
    ]


def _difference(labels: list[str]) -> str:
    if len({" ".join(unicodedata.normalize("NFKC", label).split()) for label in labels}) == 1:
        return "their Unicode form or blanks"
    return "case"


def _two_labels(train: LabelledText, test: LabelledText) -> list[str]:
    labels: dict[str, set[str]] = defaultdict(set)
    shown: dict[str, str] = {}
    for split in (train, test):
        for text, label in zip(split.texts, split.labels, strict=True):
            labels[plain(text)].add(label)
            shown.setdefault(plain(text), text)
    torn = [text for text, found in labels.items() if len(found) > 1]
    if not torn:
        return []
    first = f"{shown[torn[0]][:60]!r} is {_named(sorted(labels[torn[0]]))}"
    return [f"{_count(len(torn), 'text')} with more than one label, such as {first}"]


def _leaks(train: LabelledText, test: LabelledText) -> list[str]:
    found = leaks(train, test)
    if not found:
        return []
    return [
        f"{len(found)} of {_count(len(test), 'test text')} are nearly equal to texts of the train "
        f"split, such as {test.texts[found[0]][:60]!r}: figures of them say little"
    ]


def _named(labels: Iterable[str]) -> str:
    found = [f"'{label}'" for label in labels]
    rest = len(found) - SHOWN
    if rest > 0:
        return f"{', '.join(found[:SHOWN])} and {rest} more"
    return f"{', '.join(found[:-1])} and {found[-1]}" if len(found) > 1 else found[0]


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'s' if number != 1 else ''}"
