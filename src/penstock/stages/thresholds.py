"""thresholds: from a stated precision or coverage to the filter `suppress_below`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from penstock import strict_yaml
from penstock.artifacts.atomic import write_whole
from penstock.config.edit import with_filter
from penstock.engines.scorer import TextScorer
from penstock.errors import DataError, did_you_mean
from penstock.evaluation.holdback import HoldBack, choose_thresholds
from penstock.filters import Pipeline
from penstock.provenance.record import Provenance
from penstock.stages.declared import declared
from penstock.stages.labelled import LabelledText, read_dataset, read_labelled
from penstock.stages.private import activate
from penstock.stages.project import Project
from penstock.stages.versions import Version, get

__all__ = ["Chosen", "thresholds", "write"]


@dataclass(frozen=True, slots=True)
class Chosen:
    """What was chosen.

    `source` names the texts it is from, `held_out` whether it is test's, `notes` what was found
    out about their file; `classes` are all labels of the model.
    """

    version: Version
    source: str
    texts: int
    held_out: bool
    classes: list[str]
    thresholds: HoldBack
    notes: tuple[str, ...] = ()


def thresholds(
    project: Project,
    version: str = "latest",
    data: Path | None = None,
    precision: float | None = None,
    coverage: float | None = None,
    separator: str | None = None,
) -> Chosen:
    """Score labelled texts with a trained version and choose thresholds.

    Parameters
    ----------
    project : the project.
    version : of the trained model; a number or ``latest``.
    data : a file with columns ``text`` and ``label``; default, the test split of the dataset.
    precision, coverage : as `choose_thresholds`.
    separator : of `data`, as `read_labelled`.

    Raises
    ------
    NotFoundError : nothing is trained yet, or there is no such version or file.
    DataError : the texts are wrong, or have a label that the model does not know.
    IntegrityError : the store holds another data set under the reference that the model was
        trained on.
    InputError : as `choose_thresholds`.
    """
    candidate = get(project, project.trained_name, version, hint="run `penstock train`")
    model = project.store.consume(candidate.reference)
    rows, source = _texts(project, model.path, data, separator)
    scorer = TextScorer.load(model.path)
    _check_labels(rows, scorer, source)
    classes = [str(label) for label in scorer.classes]
    chosen = choose_thresholds(
        rows.labels,
        scorer.predict_proba(rows.texts),
        classes,
        precision=precision,
        coverage=coverage,
    )
    return Chosen(candidate, source, len(rows), data is None, classes, chosen, rows.notes)


def write(project: Project, chosen: Chosen, target: str | None = None) -> str:
    """Write the filter into the file in which `wrap:` stands; return the file's name.

    That is `deploy/<target>.yaml` where a target is named that has `wrap:` of its own, else
    `penstock.yaml`. Comments and all other lines of the file stay as they are.

    Raises
    ------
    NotFoundError : there is no such target.
    ConfigError : the file's filters are wrong, would be wrong, or stand in a layout that cannot
        be changed. Then nothing is written.
    """
    name = wrap_file(project, target)
    path = project.folder / name
    text = path.read_bytes().decode("utf-8")
    changed = with_filter(text, chosen.thresholds.to_filter(), name)
    activate(project)
    spec = strict_yaml.parse(changed, name)["wrap"]
    Pipeline.from_dict(spec, f"{name}, wrap").check_labels(chosen.classes, f"{name}, wrap")
    write_whole(path.resolve(), changed.encode("utf-8"), path.stat().st_mode & 0o777)
    return name


def wrap_file(project: Project, target: str | None) -> str:
    """Return the file, relative to the project, whose `wrap:` a target gets."""
    return declared(project, target).file


def _texts(
    project: Project, model: Path, data: Path | None, separator: str | None
) -> tuple[LabelledText, str]:
    if data is not None:
        return read_labelled(data, separator=separator, held_out=True), str(data)
    dataset = Provenance.read(model).dataset
    artifact = project.store.consume(dataset["reference"], digest=dataset["digest"])
    return read_dataset(artifact.path, "test"), f"test split of {dataset['reference']}"


def _check_labels(rows: LabelledText, scorer: TextScorer, source: str) -> None:
    known = [str(label) for label in scorer.classes]
    for label in sorted(set(rows.labels) - set(known)):
        what = f"label '{label}' is none of the model's"
        raise DataError(what, where=source, hint=did_you_mean(label, known))
