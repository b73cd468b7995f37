"""``rules``: what the business says of an answer, ahead of what the model says."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar

from msgspec import Meta, Struct, field

from penstock.errors import ConfigError, Problem
from penstock.filters.base import Parameters
from penstock.filters.expressions import Expression, ExpressionError
from penstock.filters.record import Record

__all__ = ["Rule", "Rules"]

Text = Annotated[str, Meta(min_length=1)]


class Rule(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """One rule: a condition, and one thing or more that is done where it holds.

    Parameters
    ----------
    when : the condition.
    name : of the rule, for the reason; default its number.
    label : the label that is given, one of the model's.
    suppress : the reason for which the label is held back.
    annotate : metadata that is added; default none.
    """

    when: str
    name: Text | None = None
    label: Text | None = None
    suppress: Text | None = None
    annotate: dict[str, str | int | float | bool | None] = field(default_factory=dict)


class Rules(Parameters, frozen=True, dict=True):
    """Changes answers by rules; the first whose condition holds decides.

    A condition is an expression on ``label``, ``score``, ``scores``, ``text``, ``headers``,
    ``fields`` and others. Only answers that still have a label are looked at. A label that a
    rule gives has no score: it is not the model's, and no threshold holds it back.

    Parameters
    ----------
    rules : each with ``when``, and one or more of ``label``, the label that is given instead,
        one of the model's,
        ``suppress``, the reason for which it is held back, and ``annotate``, metadata to add;
        ``name`` is told as the reason.

    Examples
    --------
    - filter: rules
      rules:
        - name: asks for a price
          when: label == "objection" and word(text, "price", "prices", "quote")
          label: positive
        - when: score - scores["objection"] < 0.2
          suppress: too close to an objection
        - when: headers["x-priority"] == "1" or fields["channel"] == "phone"
          annotate: {queue: urgent}
    """

    name: ClassVar[str] = "rules"
    rules: Annotated[tuple[Rule, ...], Meta(min_length=1)]

    def __post_init__(self) -> None:
        problems: list[Problem] = []
        compiled = [_compiled(rule, f"rules[{at}]", problems) for at, rule in enumerate(self.rules)]
        if problems:
            raise ConfigError(problems=problems)
        self.__dict__["_conditions"] = compiled

    @property
    def named_labels(self) -> frozenset[str]:
        """The labels that conditions name and that rules give."""
        conditions: list[Expression] = self.__dict__["_conditions"]
        compared = {label for condition in conditions for label in condition.labels}
        return frozenset(compared | {rule.label for rule in self.rules if rule.label is not None})

    def after(self, records: list[Record]) -> list[Record]:
        """Apply to each answer the first rule that holds."""
        return [self._decide(record) if record.answered else record for record in records]

    def _decide(self, record: Record) -> Record:
        conditions: list[Expression] = self.__dict__["_conditions"]
        for number, (rule, holds) in enumerate(zip(self.rules, conditions, strict=True), 1):
            if holds(record):
                return self._apply(
                    rule, record, f"rule '{rule.name}'" if rule.name else f"rule {number}"
                )
        return record

    def _apply(self, rule: Rule, record: Record, name: str) -> Record:
        if rule.annotate:
            record = record.replace(annotations={**record.annotations, **rule.annotate})
        if rule.suppress is not None:
            return record.suppressed(self.name, f"{name}: {rule.suppress}")
        return self._label(rule.label, record, name) if rule.label is not None else record

    def _label(self, label: Any, record: Record, name: str) -> Record:
        return record.replace(
            label=label,
            labels=None if record.labels is None else [label],
            score=None,
            decided_by=self.name,
            reason=name if label == record.label else f"{name}: instead of {record.label}",
        )


def _compiled(rule: Rule, where: str, problems: list[Problem]) -> Expression | None:
    if rule.label is None and rule.suppress is None and not rule.annotate:
        problems.append(Problem("does nothing", where, "give label, suppress or annotate"))
    if rule.label is not None and rule.suppress is not None:
        problems.append(Problem("gives a label and holds it back", where, "make two rules of it"))
    try:
        return Expression(rule.when)
    except ExpressionError as error:
        problems.append(Problem(str(error), f"{where}.when", error.hint))
        return None
