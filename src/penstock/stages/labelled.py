"""Labelled text: CSV in, checked rows out; splits that keep equal texts together."""

from __future__ import annotations

import csv
import io
import os
import random
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from penstock.errors import DataError, NotFoundError, Problem, did_you_mean

__all__ = ["LabelledText", "read_csv", "read_dataset", "write_csv"]

# A mail with its thread can be long; csv's own limit of 128 KiB is too small for one.
csv.field_size_limit(16 * 1024 * 1024)
SHOWN = 5
Row = tuple[int, str, str]


@dataclass(frozen=True, slots=True)
class LabelledText:
    """Texts and their labels, both of length n; `columns` are the others of the file."""

    texts: list[str]
    labels: list[str]
    columns: dict[str, list[str]] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.texts)

    def counts(self) -> dict[str, int]:
        """Return how many texts each label has, sorted by label."""
        return dict(sorted(Counter(self.labels).items()))

    def split(self, test_share: float = 0.2, seed: int = 0) -> tuple[LabelledText, LabelledText]:
        """Split into train and test, each label by the same share.

        Equal texts land on the same side, so that no test text was trained on.
        """
        groups: dict[str, list[int]] = defaultdict(list)
        for index, text in enumerate(self.texts):
            groups[" ".join(text.split()).casefold()].append(index)
        by_label: dict[str, list[list[int]]] = defaultdict(list)
        for group in groups.values():
            by_label[self.labels[group[0]]].append(group)
        test = set(_held_out(by_label, test_share, random.Random(seed)))  # noqa: S311 - no secret
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
        )


def read_csv(path: Path, text: str = "text", label: str = "label") -> LabelledText:
    """Read and check a CSV of labelled text.

    Parameters
    ----------
    path : a UTF-8 CSV with a header line.
    text, label : the columns' names.

    Raises
    ------
    NotFoundError : there is no such file.
    DataError : with every problem found: a missing column, empty texts or labels,
        one class only, a wrong encoding, a broken line.
    """
    reader = csv.DictReader(_lines(path), strict=True)
    columns: dict[str, list[str]] = {}
    try:
        names = reader.fieldnames or []
        _check_columns(names, (text, label), path)
        # These two names are taken by what was renamed to them.
        columns = {n: [] for n in names if n and n not in (text, label, "text", "label")}
        rows = [
            (reader.line_num, row[text] or "", row[label] or "") for row in _kept(reader, columns)
        ]
    except csv.Error as error:
        raise DataError(
            f"is no CSV: {error}", where=f"{path}, line {reader.line_num}", hint="check the quotes"
        ) from None
    _check_rows(rows, path, text, label)
    return LabelledText([row[1] for row in rows], [row[2].strip() for row in rows], columns)


def _kept(
    rows: Iterable[dict[str, str]], columns: dict[str, list[str]]
) -> Iterator[dict[str, str]]:
    """Pass rows on, and keep what they hold in the other columns."""
    for row in rows:
        for name, values in columns.items():
            values.append(row[name] or "")
        yield row


def read_dataset(folder: Path, split: str) -> LabelledText:
    """Read one split of a dataset artifact: ``<split>.csv`` with columns text and label."""
    return read_csv(folder / f"{split}.csv")


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


def _lines(path: Path) -> Iterator[str]:
    if not path.is_file():
        raise NotFoundError("there is no such file", where=str(path), hint="name a CSV file")
    raw = path.read_bytes()
    try:
        content = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise DataError(
            f"byte 0x{raw[error.start]:02x} is not UTF-8",
            where=f"{path}, line {line}",
            hint="save the file as UTF-8; it may be Latin-1, Windows-1252 or UTF-16",
        ) from None
    # Not splitlines: it also splits at U+2028 and other characters that mails contain.
    return iter(io.StringIO(content, newline=""))


def _check_columns(found: Sequence[str], wanted: Sequence[str], path: Path) -> None:
    problems = [
        Problem(f"there is no column '{name}'", f"{path}, line 1", did_you_mean(name, found))
        for name in wanted
        if name not in found
    ]
    if problems:
        raise DataError(problems=problems)


def _check_rows(rows: Sequence[Row], path: Path, text: str, label: str) -> None:
    problems = [
        *_empty(rows, 1, path, text, "remove the rows or fill them in"),
        *_empty(rows, 2, path, label, "label the rows or remove them"),
    ]
    classes = sorted({row[2].strip() for row in rows} - {""})
    if len(classes) < 2:
        named = f"only '{classes[0]}'" if classes else "none"
        problems.append(
            Problem(f"has {named} in column '{label}'", str(path), "a classifier needs two classes")
        )
    if problems:
        raise DataError(problems=problems)


def _empty(
    rows: Sequence[Row], at: Literal[1, 2], path: Path, name: str, hint: str
) -> list[Problem]:
    lines = [row[0] for row in rows if not row[at].strip()]
    if not lines:
        return []
    shown = ", ".join(map(str, lines[:SHOWN])) + (", ..." if len(lines) > SHOWN else "")
    count = f"{len(lines)} row{'s' if len(lines) > 1 else ''}"
    return [Problem(f"column '{name}' is empty in {count} (line {shown})", str(path), hint)]


def _held_out(
    by_label: dict[str, list[list[int]]], share: float, rng: random.Random
) -> Iterator[int]:
    for label in sorted(by_label):
        groups = sorted(by_label[label])
        rng.shuffle(groups)
        # At least one for each side, where a label has two texts or more.
        count = min(max(1, round(len(groups) * share)), len(groups) - 1)
        for group in groups[:count]:
            yield from group
