"""Evaluation: how good a classifier is, how sure that is, and where it fails.

``Report.of(classifier, texts, labels)`` is the way in. Nothing here needs torch.
"""

from penstock.evaluation.behaviour import Behaviour
from penstock.evaluation.holdback import HoldBack, choose_thresholds
from penstock.evaluation.intervals import Interval, bootstrap, difference, mcnemar, proportion
from penstock.evaluation.report import Report

__all__ = [
    "Behaviour",
    "HoldBack",
    "Interval",
    "Report",
    "bootstrap",
    "choose_thresholds",
    "difference",
    "mcnemar",
    "proportion",
]
