"""explain: one message through the filters of a deployment file, step by step."""

from __future__ import annotations

from dataclasses import dataclass

from penstock.engines.scorer import TextScorer
from penstock.errors import NotFoundError
from penstock.filters import Record, answered
from penstock.filters.trace import Traced, trace
from penstock.stages.private import activate
from penstock.stages.project import Project
from penstock.stages.versions import Version
from penstock.stages.wrap import check_pipeline, source_version

__all__ = ["Explained", "explain"]


@dataclass(frozen=True, slots=True)
class Explained:
    """The steps; `model` is the trained version that answered, None where there is none."""

    steps: list[Traced]
    model: Version | None


def explain(project: Project, target: str, record: Record) -> Explained:
    """Run one record through the filters of `deploy/<target>.yaml`, and the model if there is one.

    Nothing is written: a cache that a fleet shares is left alone.

    Raises
    ------
    ConfigError : the deployment file or one of its filters is wrong.
    """
    config = project.deploy(target)
    activate(project)
    pipeline = check_pipeline(config, target)
    try:
        model = source_version(project, target)
    except NotFoundError:
        return Explained(trace(pipeline, record), None)
    scorer = TextScorer.load(project.store.consume(model.reference).path)
    pipeline.check_labels(scorer.classes, f"deploy/{target}.yaml, wrap")
    pipeline.bind_tokenizer(scorer.spans)

    def answer(records: list[Record]) -> list[Record]:
        scores = scorer.scores([item.text for item in records])
        return answered(records, scores, scorer)

    return Explained(trace(pipeline, record, answer), model)
