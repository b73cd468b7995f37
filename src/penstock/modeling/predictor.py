"""Predictor: what a fitted classifier says about texts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils.validation import check_is_fitted

from penstock.engines.scores import Scores, out_of_scope
from penstock.engines.tokens import LongText, TextTokenizer, Tokens
from penstock.errors import InputError
from penstock.modeling.encoder import device_of
from penstock.modeling.labels import Targets
from penstock.modeling.texts import as_texts
from penstock.modeling.thresholds import at_coverage, at_recall
from penstock.modeling.training import Padding, predict_logits

__all__ = ["Predictor", "Validation"]


@dataclass(frozen=True, slots=True)
class Validation:
    """The texts held out of training, their targets, and logits of shape (n, n_classes).

    Targets are class indices of shape (n,) or, multi-label, an indicator (n, n_classes).
    """

    texts: list[str]
    targets: Targets
    logits: NDArray[np.float32]


class Predictor(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """The half of ``TransformerClassifier`` that answers; its attributes are explained there."""

    max_length: int
    long_text: LongText
    device: str
    classes_: NDArray[Any]
    multilabel_: bool
    thresholds_: NDArray[np.float64] | None
    temperature_: float
    oos_threshold_: float | None
    validation_: Validation | None
    model_: Any
    tokenizer_: Any

    def predict(self, X: Any) -> NDArray[Any]:  # noqa: N803
        """Return the likeliest label of each text, shape (n_samples,).

        Multi-label, return an indicator of 0 and 1, shape (n_samples, n_classes).
        """
        thresholds = self._fitted().thresholds_
        if thresholds is not None:
            return (self.predict_proba(X) >= thresholds).astype(np.int64)
        best = self.predict_proba(X).argmax(axis=1)
        return np.asarray(self.classes_[best])

    def predict_proba(self, X: Any) -> NDArray[np.float32]:  # noqa: N803
        """Return calibrated scores of shape (n_samples, n_classes), as ``classes_`` is sorted.

        Rows add up to 1; multi-label, each score stands for itself. An empty list gives shape
        (0, n_classes).
        """
        return self.scores(X).probabilities

    def scores(self, X: Any) -> Scores:  # noqa: N803
        """Return all that the model says of the texts, as the container's scorer does."""
        tokens = self.tokens(X)
        logits = tokens.pool(self._row_logits(tokens))
        return Scores.of(logits, tokens.truncated, self.temperature_, self.multilabel_)

    def out_of_scope_score(self, X: Any) -> NDArray[np.float32]:  # noqa: N803
        """Return how unlike the training texts each text is, shape (n_samples,).

        The higher, the further out of scope; see ``penstock.engines.scores.out_of_scope``.
        """
        return self.scores(X).out_of_scope

    def choose_oos_threshold(
        self,
        X_in: Any = None,  # noqa: N803
        *,
        coverage: float | None = None,
        recall: float | None = None,
        X_out: Any = None,  # noqa: N803
    ) -> float:
        """Set ``oos_threshold_`` and return it: a text is out of scope when its score is above.

        Parameters
        ----------
        X_in : texts in scope, not trained on; None takes those that fit held out.
        coverage : share of the texts in scope that is still to be answered, 0.95 by default.
        recall : instead, share of the texts out of scope that is to be found.
        X_out : texts out of scope, for ``recall``.

        Raises
        ------
        InputError
            Both shares are given, one is not above 0 and at most 1, or the texts for it are
            missing.
        """
        if recall is not None:
            if coverage is not None or X_out is None:
                raise InputError("wants X_out, and no coverage beside it", where="recall")
            self.oos_threshold_ = at_recall(self.out_of_scope_score(X_out), recall)
        else:
            scores = self._in_scope_scores(X_in)
            self.oos_threshold_ = at_coverage(scores, 0.95 if coverage is None else coverage)
        return self.oos_threshold_

    def tokens(self, X: Any) -> Tokens:  # noqa: N803
        """Return the texts as the encoder sees them; ``truncated`` says which it sees in part."""
        return self._fitted()._encode(as_texts(X))

    def spans(self, text: str) -> list[tuple[int, int]]:
        """Return start and end in the text of each token, special tokens left out."""
        return self._fitted()._text_tokenizer().spans(text)

    def _in_scope_scores(self, X: Any) -> NDArray[np.float32]:  # noqa: N803
        if X is not None:
            return self.out_of_scope_score(X)
        held = self._fitted().validation_
        if held is None:
            raise InputError(
                "fit held out no texts", where="X_in", hint="give texts that were not trained on"
            )
        return out_of_scope(held.logits, self.temperature_, self.multilabel_)

    def _fitted(self) -> Self:
        check_is_fitted(self)
        return self

    def _encode(self, texts: list[str]) -> Tokens:
        return self._text_tokenizer().encode(texts)

    def _text_tokenizer(self) -> TextTokenizer:
        backend = self.tokenizer_.backend_tokenizer
        return TextTokenizer(backend, int(self.max_length), self.long_text)

    def _row_logits(self, tokens: Tokens) -> NDArray[np.float32]:
        device = device_of(self.device)
        padding = Padding.of(self.tokenizer_)
        return predict_logits(self.model_.to(device), padding, tokens.rows, device)

    def __sklearn_is_fitted__(self) -> bool:
        """Say to scikit-learn whether ``fit`` went through."""
        return hasattr(self, "temperature_")

    def __sklearn_tags__(self) -> Any:
        """Say to scikit-learn that ``X`` is one column of text, ``y`` may be an indicator."""
        tags = super().__sklearn_tags__()
        tags.input_tags.string = True
        tags.input_tags.one_d_array = True
        tags.input_tags.two_d_array = False
        tags.classifier_tags.multi_label = True
        tags.non_deterministic = False
        return tags
