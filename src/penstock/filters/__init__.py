"""Filters before and after the model, and the pipeline they make.

Nothing in here imports more than the serving runtime.
"""

from __future__ import annotations

from penstock.filters.answers import answered
from penstock.filters.base import AfterFilter, BeforeFilter, Filter, Parameters
from penstock.filters.personal import redact
from penstock.filters.pipeline import Pipeline
from penstock.filters.record import Record, Status

__all__ = [
    "AfterFilter",
    "BeforeFilter",
    "Filter",
    "Parameters",
    "Pipeline",
    "Record",
    "Status",
    "answered",
    "redact",
]
