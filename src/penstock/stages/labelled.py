"""Labelled text: a file in, checked rows out; splits that keep texts together that are alike."""

from __future__ import annotations

import csv
import os
import random
from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from penstock.errors import DataError, Problem, did_you_mean
from penstock.tables.likeness import groups, plain
from penstock.tables.reading import SUFFIXES, read_table
from penstock.tables.table import Table

__all__ = ["LabelledText", "read_dataset", "read_labelled", "split_file", "write_csv"]


@dataclass(frozen=True, slots=True)
class LabelledText:
    """Texts and their labels, both of length n.

    `columns` are the others of the file, `notes` what was found out about it in reading it.
    """

    texts: list[str]
    labels: list[str]
    columns: dict[str, list[str]] = field(default_factory=dict)
    notes: tuple[str, ...] = field(default=(), compare=False)

    def __len__(self) -> int:
        return len(self.texts)

    def counts(self) -> dict[str, int]:
        """Return how many texts each label has, sorted by label."""
        return dict(sorted(Counter(self.labels).items()))

    def split(self, test_share: float = 0.2, seed: int = 0) -> tuple[LabelledText, LabelledText]:
        """Split into train and test, each label by the same share.

        Texts that are alike (`tables.likeness`) land on the same side, so that no test text was
        trained on, and every label of test is in train. Where that leaves nothing for test, as
        every label's texts are alike, only equal texts are kept together.
        """
        equal = list(map(plain, self.texts))
        for ids in (groups(self.texts), equal):
            test = set(_held_out(self.labels, ids, test_share, random.Random(seed)))  # noqa: S311
            if test:
                break
        rows = range(len(self))
        return self._take(i for i in rows if i not in test), self._take(
            i for i in rows if i in test
        )

    def _take(self, rows: Iterable[int]) -> LabelledText:
        chosen = list(rows)
        return LabelledText(
            [self.texts[i] for i in chosen],
            [self.labels[i] for i in chosen],
            {name: [values[i] for i in chosen] for name, values in self.columns.items()},
            self.notes,
        )


def read_labelled(
    path: Path,
    text: str = "text",
    label: str = "label",
    *,
    separator: str | None = None,
    held_out: bool = False,
) -> LabelledText:
    """Read and check a file of labelled text.

    Parameters
    ----------
    path : CSV or another kind that `tables.reading` reads, with named columns.
    text, label : the columns' names.
    separator : as `read_table`.
    held_out : whether one class is enough: nothing is learnt from it.

    Raises
    ------
    NotFoundError : there is no such file.
    DataError : with every problem found: a missing column, rows that do not fit, empty texts or
        labels, too few classes, a wrong encoding, a broken line.
    """
    table = read_table(path, (text, label), separator)
    _check_columns(table, (text, label))
    _check_rows(table, text, label, held_out)
    # These two names are taken by what was renamed to them.
    taken = {text, label, "text", "label"}
    return LabelledText(
        table.columns[text],
        [value.strip() for value in table.columns[label]],
        {name: values for name, values in table.columns.items() if name not in taken},
        tuple(f"{path}: {note}" for note in (*table.notes, *_left_out(table, text, label))),
    )


def _left_out(table: Table, text: str, label: str) -> list[str]:
    return [
        f"column '{name}' is left out: '{given}' takes its name"
        for name, given in (("text", text), ("label", label))
        if name in table.columns and name not in (text, label)
    ]


def read_dataset(folder: Path, split: str) -> LabelledText:
    """Read one split of a dataset artifact: ``<split>.csv``, or another kind that is read.

    The columns are text and label. The split ``test`` may hold one class.

    Raises
    ------
    NotFoundError : there is no file of the split.
    DataError : as `read_labelled`; or two files of the split.
    """
    return read_labelled(split_file(folder, split), held_out=split == "test")


def split_file(folder: Path, split: str) -> Path:
    """Return the file of a split, `<split>.csv` where there is none.

    Raises
    ------
    DataError : there are two.
    """
    entries = sorted(folder.iterdir()) if folder.is_dir() else []
    found = [e for e in entries if e.stem == split and e.suffix.lower() in SUFFIXES]
    if len(found) > 1:
        names = " and ".join(path.name for path in found)
        raise DataError(f"has {names} for one split", where=str(folder), hint="remove one")
    return found[0] if found else folder / f"{split}.csv"


def write_csv(path: Path, data: LabelledText) -> None:
    """Write labelled text: text, label and the other columns; the file appears whole or not."""
    scratch = path.with_suffix(".tmp")
    with scratch.open("w", newline="", encoding="utf-8") as file:
        # All quoted: csv itself quotes a bare "\r" only where it ends its lines with one.
        writer = csv.writer(file, lineterminator="\n", quoting=csv.QUOTE_ALL)
        writer.writerow(["text", "label", *data.columns])
        writer.writerows(zip(data.texts, data.labels, *data.columns.values(), strict=True))
        file.flush()
        os.fsync(file.fileno())
    scratch.replace(path)


def _check_columns(table: Table, wanted: Sequence[str]) -> None:
    place = f"{table.where}, line 1" if table.unit == "line" else table.where
    problems = [
        Problem(f"there is no column '{name}'", place, did_you_mean(name, table.columns))
        for name in wanted
        if name not in table.columns
    ]
    if problems:
        raise DataError(problems=problems)


def _check_rows(table: Table, text: str, label: str, held_out: bool) -> None:
    problems = [
        *table.problems,
        *_empty(table, text, "remove the rows or fill them in"),
        *_empty(table, label, "label the rows or remove them"),
    ]
    classes = sorted({value.strip() for value in table.columns[label]} - {""})
    if len(classes) < (1 if held_out else 2) and not table.problems:
        named = f"only '{classes[0]}'" if classes else "none"
        hint = "label some texts" if held_out else "a classifier needs two classes"
        problems.append(Problem(f"has {named} in column '{label}'", table.where, hint))
    if problems:
        raise DataError(problems=problems)


def _empty(table: Table, name: str, hint: str) -> list[Problem]:
    rows = [row for row, value in enumerate(table.columns[name]) if not value.strip()]
    return [table.problem(f"column '{name}' is empty in {{}}", rows, hint)] if rows else []


def _held_out(
    labels: Sequence[str], ids: Sequence[Hashable], share: float, rng: random.Random
) -> Iterator[int]:
    """Yield the rows to hold out: whole groups, of each label about its share."""
    members: dict[Hashable, list[int]] = defaultdict(list)
    for index, group in enumerate(ids):
        members[group].append(index)
    by_label: dict[str, list[list[int]]] = defaultdict(list)
    for rows in members.values():
        found = {labels[row] for row in rows}
        # What has two labels is learnt from, if at all: it cannot be tested on.
        if len(found) == 1:
            by_label[found.pop()].append(rows)
    totals = Counter(labels)
    for label in sorted(by_label):
        for rows in _chosen(sorted(by_label[label]), share, totals[label], rng):
            yield from rows


def _chosen(
    found: list[list[int]], share: float, total: int, rng: random.Random
) -> list[list[int]]:
    """Return the groups of a label to hold out: one at least, and one at least stays."""
    rng.shuffle(found)
    target = max(1, round(total * share))
    chosen: list[list[int]] = []
    for group in found:
        if sum(map(len, chosen)) + len(group) <= target and sum(map(len, [*chosen, group])) < total:
            chosen.append(group)
    smallest = min(found, key=len)
    return chosen or ([smallest] if len(smallest) < total else [])
