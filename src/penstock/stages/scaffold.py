"""A new project from the template, with its labelled text in `data/`."""

from __future__ import annotations

import re
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import copier

import penstock
from penstock import showcase
from penstock.config import NAME
from penstock.errors import InputError, MachineError
from penstock.provenance import repository
from penstock.provenance.repository import Repository
from penstock.stages.labelled import LabelledText, read_labelled, write_csv
from penstock.stages.splits import check_splits

__all__ = ["Scaffold", "scaffold"]

TEMPLATE = Path(penstock.__file__).parent / "templates"


@dataclass(frozen=True, slots=True)
class Scaffold:
    """The project that was written.

    `train` and `test` count its texts by label; `notes` are what was found out about the data,
    and what is left to do for a first commit.
    """

    folder: Path
    name: str
    dataset: str
    train: dict[str, int]
    test: dict[str, int]
    repository: Repository
    notes: tuple[str, ...] = ()


def scaffold(
    folder: Path,
    data: Path | None = None,
    text: str = "text",
    label: str = "label",
    test_data: Path | None = None,
    name: str | None = None,
    separator: str | None = None,
) -> Scaffold:
    """Write a project that runs.

    Parameters
    ----------
    folder : must not exist, or be empty. It appears whole or not at all.
    data : a file of labelled text; default, the showcase corpus.
    text, label : its columns.
    test_data : the held-out texts; default, a fifth of `data`, split by text.
    name : of the model; default, the folder's name, or ``intent`` for the showcase.
    separator : of `data` and `test_data`, as `read_labelled`.

    Raises
    ------
    InputError : the folder is in use, or the name cannot be a model's.
    DataError : the data is wrong; nothing is written.
    """
    folder = folder.resolve()
    chosen = _name(folder, name, showcase=data is None)
    _check_folder(folder)
    train, test = _splits(data, text, label, test_data, separator)
    found_out = check_splits(train, test, str(test_data or data))
    dataset = "replies" if data is None else f"{chosen}-texts"
    answers = {
        "name": chosen,
        "dataset": dataset,
        "python": f"{sys.version_info.major}.{sys.version_info.minor}",
        "penstock": penstock.__version__,
        "epochs": 5,
        "showcase": data is None,
    }
    made = _write(folder, answers, train, test)
    left = [made.note] if made.note else []
    notes = tuple(dict.fromkeys((*train.notes, *test.notes, *found_out, *left)))
    return Scaffold(folder, chosen, dataset, train.counts(), test.counts(), made, notes)


def _name(folder: Path, name: str | None, showcase: bool) -> str:
    chosen = name or ("intent" if showcase else re.sub(r"[^a-z0-9]+", "-", folder.name.lower()))
    chosen = chosen if name else chosen.strip("-") or "classifier"
    # "-production" is added for the endpoint, whose name SageMaker holds to 63 characters.
    if not re.match(NAME, chosen) or len(chosen) > 40:
        raise InputError(
            f"'{chosen}' cannot be a model's name",
            where="--name",
            hint="use up to 40 lower-case letters, digits and hyphens",
        )
    return chosen


def _check_folder(folder: Path) -> None:
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise InputError("is there already", where=str(folder), hint="name a new folder")


def _splits(
    data: Path | None, text: str, label: str, test_data: Path | None, separator: str | None
) -> tuple[LabelledText, LabelledText]:
    if data is None:
        return _showcase()
    train = read_labelled(data, text, label, separator=separator)
    if test_data is None:
        return train.split()
    test = read_labelled(test_data, text, label, separator=separator, held_out=True)
    return train, test


def _showcase() -> tuple[LabelledText, LabelledText]:
    # One mail for each body: a second wrapping of a trained body would leak into validation.
    train, test = showcase.examples(wrappings=1)
    return (
        LabelledText(
            [e.text for e in train],
            [e.label for e in train],
            {"language": [e.language for e in train]},
        ),
        LabelledText(
            [e.text for e in test],
            [e.label for e in test],
            {"language": [e.language for e in test]},
        ),
    )


def _write(
    folder: Path, answers: dict[str, object], train: LabelledText, test: LabelledText
) -> Repository:
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".penstock-", dir=folder.parent) as scratch:
            project = Path(scratch) / "project"
            copier.run_copy(
                str(TEMPLATE), project, data=answers, defaults=True, quiet=True, overwrite=True
            )
            (project / "data").mkdir()
            write_csv(project / "data" / "train.csv", train)
            write_csv(project / "data" / "test.csv", test)
            made = repository.start(project, folder)
            project.replace(folder)
    except OSError as error:
        raise MachineError(
            f"cannot be written: {error.strerror}", where=str(folder), hint="name another folder"
        ) from None
    return made
