"""A filter's step, guarded: what it raises fails the record it raised on, nothing else."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Callable, Sequence

from penstock.filters.record import Record

__all__ = ["Step", "guarded"]

Step = Callable[[list[Record]], list[Record]]

log = logging.getLogger("penstock.filters")


def guarded(name: str, step: Step, records: Sequence[Record]) -> list[Record]:
    """Return what the step makes of the records, in their order.

    Where it raises, or returns anything but as many records, it is run again record by
    record, and those on which it fails alone are `Record.failed`.

    Parameters
    ----------
    name : of the filter.
    step : its `before` or `after`.
    records : n records.
    """
    try:
        return _checked(step, list(records))
    except Exception as error:  # a filter is foreign code
        if len(records) == 1:
            _report(name, [error])
            return [records[0].failed(name, error)]
    return _one_by_one(name, step, records)


def _one_by_one(name: str, step: Step, records: Sequence[Record]) -> list[Record]:
    result: list[Record] = []
    errors: list[Exception] = []
    for record in records:
        try:
            result += _checked(step, [record])
        except Exception as error:  # a filter is foreign code
            errors.append(error)
            result.append(record.failed(name, error))
    if errors:
        _report(name, errors)
    return result


def _checked(step: Step, records: list[Record]) -> list[Record]:
    result = list(step(records))
    if len(result) != len(records) or not all(isinstance(item, Record) for item in result):
        raise ValueError(f"returned {len(result)} items for {len(records)} records")
    return result


def _report(name: str, errors: Sequence[Exception]) -> None:
    """Log a batch's failures in one line, by type and place: a message may quote a text."""
    frames = traceback.extract_tb(errors[0].__traceback__)
    place = f"{frames[-1].filename}:{frames[-1].lineno}" if frames else "an unknown place"
    kind = type(errors[0]).__name__
    log.error("filter '%s' failed on %d records: %s at %s", name, len(errors), kind, place)
