"""thresholds: from a stated precision or coverage to the filter `suppress_below`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from penstock.engines.scorer import TextScorer
from penstock.errors import DataError, did_you_mean
from penstock.evaluation.holdback import HoldBack, choose_thresholds
from penstock.provenance.record import Provenance
from penstock.stages.labelled import LabelledText, read_csv, read_dataset
from penstock.stages.project import Project
from penstock.stages.versions import Version, get

__all__ = ["Chosen", "thresholds"]


@dataclass(frozen=True, slots=True)
class Chosen:
    """What was chosen: `source` names the texts it is from, `held_out` whether it is test's."""

    version: Version
    source: str
    texts: int
    held_out: bool
    thresholds: HoldBack


def thresholds(
    project: Project,
    version: str = "latest",
    data: Path | None = None,
    precision: float | None = None,
    coverage: float | None = None,
) -> Chosen:
    """Score labelled texts with a trained version and choose thresholds.

    Parameters
    ----------
    project : the project.
    version : of the trained model; a number or ``latest``.
    data : a CSV with columns ``text`` and ``label``; default, the test split of the dataset.
    precision, coverage : as `choose_thresholds`.

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
    rows, source = _texts(project, model.path, data)
    scorer = TextScorer.load(model.path)
    _check_labels(rows, scorer, source)
    chosen = choose_thresholds(
        rows.labels,
        scorer.predict_proba(rows.texts),
        [str(label) for label in scorer.classes],
        precision=precision,
        coverage=coverage,
    )
    return Chosen(candidate, source, len(rows), data is None, chosen)


def _texts(project: Project, model: Path, data: Path | None) -> tuple[LabelledText, str]:
    if data is not None:
        return read_csv(data), str(data)
    dataset = Provenance.read(model).dataset
    artifact = project.store.consume(dataset["reference"], digest=dataset["digest"])
    return read_dataset(artifact.path, "test"), f"test split of {dataset['reference']}"


def _check_labels(rows: LabelledText, scorer: TextScorer, source: str) -> None:
    known = [str(label) for label in scorer.classes]
    for label in sorted(set(rows.labels) - set(known)):
        what = f"label '{label}' is none of the model's"
        raise DataError(what, where=source, hint=did_you_mean(label, known))
