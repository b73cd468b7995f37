"""One text on its way through the pipeline, and what was decided about it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any

import msgspec

__all__ = ["Record", "Status", "whole"]

# Half of a character that UTF-16 writes in two, without the other; no file or network holds it.
HALF = re.compile("[\ud800-\udfff]")

RAISED = "failed: "


class Status(StrEnum):
    """What became of a record."""

    SCORED = "scored"
    CACHED = "cached"
    SUPPRESSED = "suppressed"
    NOT_SCORED = "not_scored"


def whole(text: str) -> str:
    """Return a text that can be written: half a character is replaced by U+FFFD."""
    return text if text.isascii() else HALF.sub("\ufffd", text)


class Record(msgspec.Struct, frozen=True):
    """One text and its answer. Frozen: a filter returns a changed copy.

    So a filter that fails half-way leaves nothing half-done, and the same records can be
    given to it again one by one.

    Attributes
    ----------
    text : what the model is to see.
    headers : of the mail, names in lower case; empty where the text was no mail.
    fields : what else the request said of the text, by name; empty where it said nothing.
    status : None while nothing is decided (`pending`).
    label, score, scores : the answer; `scores` maps each class to its probability. A
        multi-label model's label is the best of `labels`, None where there is none. A label
        that a rule gave has no score.
    labels : of a multi-label model, those over their thresholds, the best first; None for
        other models.
    out_of_scope_score : of the model, the higher the further; None where no threshold was
        chosen for it.
    out_of_scope : whether that score is above the model's threshold; None as above.
    reason : why the status is what it is, for a person.
    decided_by : name of the filter that set the status; None if the model did.
    annotations : added to the prediction in the response.
    notes : a filter's private memory from `before` to `after`; never in a response.
    """

    text: str
    headers: Mapping[str, str] = msgspec.field(default_factory=dict)
    fields: Mapping[str, Any] = msgspec.field(default_factory=dict)
    status: Status | None = None
    label: Any = None
    score: float | None = None
    scores: Mapping[str, float] = msgspec.field(default_factory=dict)
    labels: Sequence[Any] | None = None
    out_of_scope_score: float | None = None
    out_of_scope: bool | None = None
    reason: str | None = None
    decided_by: str | None = None
    annotations: Mapping[str, Any] = msgspec.field(default_factory=dict)
    notes: Mapping[str, Any] = msgspec.field(default_factory=dict)

    @classmethod
    def of(cls, text: str) -> Record:
        """Return the record of any text; one with half a character in it is not scored."""
        mended = whole(text)
        if mended == text:
            return cls(text)
        return cls(mended).not_scored("request", "the text has half a character")

    @property
    def pending(self) -> bool:
        """Whether the model is still to score it."""
        return self.status is None

    @property
    def answered(self) -> bool:
        """Whether it has a label: scored or cached."""
        return self.status in (Status.SCORED, Status.CACHED)

    @property
    def filter_raised(self) -> bool:
        """Whether it has no answer because a filter raised: `decided_by`."""
        return self.status is Status.NOT_SCORED and (self.reason or "").startswith(RAISED)

    def replace(self, **changes: Any) -> Record:
        """Return a copy with some attributes changed."""
        return msgspec.structs.replace(self, **changes)

    def not_scored(self, by: str, reason: str) -> Record:
        """Return a copy that the model will not see."""
        return self.replace(status=Status.NOT_SCORED, decided_by=by, reason=reason)

    def failed(self, by: str, error: Exception) -> Record:
        """Return a copy without an answer, because a filter raised `error`.

        Only its type is told: its message may quote the text.
        """
        return self.replace(
            status=Status.NOT_SCORED,
            label=None,
            score=None,
            scores={},
            labels=None,
            out_of_scope_score=None,
            out_of_scope=None,
            decided_by=by,
            reason=f"{RAISED}{type(error).__name__}",
        )

    def scored(
        self,
        probabilities: Sequence[float],
        classes: Sequence[Any],
        thresholds: Sequence[float] | None = None,
    ) -> Record:
        """Return a copy with the model's answer.

        Parameters
        ----------
        probabilities : shape (n_classes,).
        classes : the labels, in the same order.
        thresholds : of a multi-label model, shape (n_classes,): a label is one of the text's
            where its probability is not below.
        """
        values = [float(value) for value in probabilities]
        score = max(values)
        answer = self.replace(
            status=Status.SCORED,
            label=classes[values.index(score)],
            score=score,
            scores={str(label): value for label, value in zip(classes, values, strict=True)},
        )
        if thresholds is None:
            return answer
        ranked = sorted(range(len(values)), key=values.__getitem__, reverse=True)
        labels = [classes[column] for column in ranked if values[column] >= thresholds[column]]
        return answer.replace(labels=labels, label=labels[0] if labels else None)

    def cached(self, by: str, answer: Record) -> Record:
        """Return a copy with the answer of another record of the same text."""
        return self.replace(
            status=Status.CACHED,
            label=answer.label,
            score=answer.score,
            scores=answer.scores,
            labels=answer.labels,
            out_of_scope_score=answer.out_of_scope_score,
            out_of_scope=answer.out_of_scope,
            decided_by=by,
            reason="same text as before",
        )

    def suppressed(self, by: str, reason: str) -> Record:
        """Return a copy whose labels are held back; score and scores stay."""
        return self.replace(
            status=Status.SUPPRESSED, label=None, labels=None, decided_by=by, reason=reason
        )
