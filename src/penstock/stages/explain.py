"""explain: one message through the filters of a project or a target, step by step."""

from __future__ import annotations

from dataclasses import dataclass

from penstock.engines.scorer import TextScorer
from penstock.errors import NotFoundError
from penstock.filters import Record, answered
from penstock.filters.trace import Traced, trace
from penstock.stages.declared import declared
from penstock.stages.private import activate
from penstock.stages.project import Project
from penstock.stages.versions import Version
from penstock.stages.wrap import source_version

__all__ = ["Explained", "explain"]


@dataclass(frozen=True, slots=True)
class Explained:
    """The steps; `model` is the trained version that answered, None where there is none."""

    steps: list[Traced]
    model: Version | None


def explain(project: Project, target: str | None, record: Record) -> Explained:
    """Run one record through the filters that a target gets, and the model if there is one.

    Nothing is written: a cache that a fleet shares is left alone.

    Raises
    ------
    ConfigError : one of the filters is wrong.
    """
    written = declared(project, target)
    activate(project)
    pipeline = written.pipeline()
    try:
        model = source_version(project, written)
    except NotFoundError:
        return Explained(trace(pipeline, record), None)
    scorer = TextScorer.load(project.store.consume(model.reference).path)
    pipeline.check_labels(scorer.classes, written.where)
    pipeline.bind_tokenizer(scorer.spans)

    def answer(records: list[Record]) -> list[Record]:
        scores = scorer.scores([item.text for item in records])
        return answered(records, scores, scorer)

    return Explained(trace(pipeline, record, answer), model)
