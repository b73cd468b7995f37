"""Labels that filters name, held against those that the model gives."""

from __future__ import annotations

from collections.abc import Iterable

from penstock.errors import Problem, did_you_mean
from penstock.filters.base import AfterFilter

__all__ = ["label_problems"]


def label_problems(
    filters: Iterable[AfterFilter], classes: Iterable[object], where: str
) -> list[Problem]:
    """Return a problem for each label that a filter names and no answer can have there.

    Parameters
    ----------
    filters : those of ``after:``, in order: one that renames labels does so for the next.
    classes : of the model.
    where : such as ``deploy/staging.yaml, wrap.after``; the filter's place is added.
    """
    known = frozenset(map(str, classes))
    problems = []
    for number, filter_ in enumerate(filters):
        named: frozenset[str] = getattr(filter_, "named_labels", frozenset())
        problems += [
            Problem(
                f"label '{label}' is none of the model's",
                f"{where}[{number}] ({filter_.name})",
                did_you_mean(label, known),
            )
            for label in sorted(named - known)
        ]
        rename = getattr(filter_, "labels_after", None)
        known = rename(known) if callable(rename) else known
    return problems
