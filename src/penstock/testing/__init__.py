"""What a package of filters uses in its own tests.

>>> from penstock.testing import check_filter
>>> from penstock.filters.built_in.top_k import TopK
>>> check_filter(TopK, k=2, imports=False)
"""

from __future__ import annotations

from penstock.testing.checks import check_filter
from penstock.testing.samples import SAMPLE_TEXTS, sample_answers, sample_records

__all__ = ["SAMPLE_TEXTS", "check_filter", "sample_answers", "sample_records"]
