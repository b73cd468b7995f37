"""The python function: what MLflow serves."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from penstock.filters import Pipeline, answered
from penstock.flavor.choice import Choice
from penstock.flavor.texts import read_texts

if TYPE_CHECKING:
    from penstock.filters import Record

__all__ = ["PyfuncModel"]


class PyfuncModel:
    """What MLflow serves: texts in, labels, scores or both out.

    Parameters
    ----------
    scorer : a `TextScorer`, or what has its ``classes``, ``thresholds``, ``oos_threshold``
        and ``scores``.
    pipeline : filters to run around it, or None.
    """

    def __init__(self, scorer: Any, pipeline: Pipeline | None = None) -> None:
        self.scorer = scorer
        self.pipeline = pipeline
        self.classes = list(scorer.classes)

    def predict(self, model_input: Any, params: Mapping[str, Any] | None = None) -> Any:
        """Classify texts.

        Parameters
        ----------
        model_input : list, array or Series of ``str``; a data frame, a dict of lists or a list
            of dicts with a column ``text``, or with only one of any name.
        params : ``top_k``, keep only the k best scores (0 keeps all); ``threshold``, no label
            below this score; ``output``, ``"labels"`` (an array of shape (n_samples,)),
            ``"scores"`` (a frame with a column for each class) or ``"both"`` (a frame with
            label, score, status, reason, and scores where ``top_k`` is given). The default is
            ``"labels"``, and ``"both"`` when there are filters. Of a multi-label model,
            ``"labels"`` is an array of lists, and ``"both"`` has them as ``labels``.

        Raises
        ------
        DataError
            Something is not text, or there are several columns and none is called ``text``.
        InputError
            A parameter is unknown or out of range.
        """
        chosen = Choice.of(params, wrapped=self.pipeline is not None)
        records = self._records(read_texts(model_input))
        return chosen.apply(records, self.classes)

    def _records(self, texts: list[str]) -> list[Record]:
        from penstock.filters import Record

        records = [Record.of(text) for text in texts]
        return (self.pipeline or Pipeline()).around(records, self._answer)

    def _answer(self, records: list[Record]) -> list[Record]:
        scores = self.scorer.scores([record.text for record in records])
        return answered(records, scores, self.scorer)
