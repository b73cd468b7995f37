"""A filter that failed."""

from __future__ import annotations

from penstock.errors import PenstockError

__all__ = ["FilterError"]


class FilterError(PenstockError):
    """A filter raised, or broke its contract. `filter_name` says which."""

    code = "filter_failed"
    filter_name: str = ""
