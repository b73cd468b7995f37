"""TransformerClassifier: a scikit-learn classifier over any Hugging Face encoder."""

from __future__ import annotations

import inspect
import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils.validation import check_is_fitted

from penstock.errors import DataError, InputError, did_you_mean
from penstock.modeling import labels as labelling
from penstock.modeling.base_models import DEFAULT, Consumes, resolve
from penstock.modeling.batches import encode_texts
from penstock.modeling.calibration import fit_temperature, softmax
from penstock.modeling.encoder import (
    check_max_length,
    device_of,
    load_encoder,
    load_tokenizer,
    seeded,
)
from penstock.modeling.progress import Watcher, watching
from penstock.modeling.texts import as_texts, refuse_empty_texts
from penstock.modeling.training import (
    Embeddings,
    Examples,
    Padding,
    Recipe,
    predict_logits,
    train,
)

__all__ = ["TransformerClassifier", "Validation"]

_CALIBRATION_TEXTS = 300
"""Training texts kept for int8 calibration; NNCF's own default subset is 300."""


@dataclass(frozen=True, slots=True)
class Validation:
    """The texts held out of training, class indices (n,), and logits (n, n_classes)."""

    texts: list[str]
    targets: NDArray[np.int64]
    logits: NDArray[np.float32]


class TransformerClassifier(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """Fine-tune a transformer encoder to classify text.

    Parameters
    ----------
    base_model : ``package:<module>/<path>``, directory, ``kind:name@version`` or hub id.
    epochs, batch_size, learning_rate
        The defaults are meant for small encoders such as all-MiniLM-L6-v2;
        ``benchmarks/banking77.py`` holds them to 92.5 %. Take about 3e-5 for a base-size
        encoder such as BERT or RoBERTa.
    max_length : tokens of a text that are read; what follows is cut.
    warmup_share : share of the steps over which the learning rate rises.
    weight_decay : of AdamW, on matrices only, not on biases or layer norms.
    dropout : of the encoder's layers; None keeps the base model's own.
    label_smoothing : share of each target spread over all classes.
    validation_share : share of each class held out for the validation figures in
        ``history_``, for the temperature and for the choice of the engine; 0 holds out none.
    patience : stop after so many epochs without a better validation loss; None runs all.
    class_weight : ``"balanced"``, a mapping from label to weight, or None.
    embeddings : ``"sparse"`` updates the rows that occur, ``"frozen"`` none, ``"dense"``
        all with weight decay; see ``penstock.modeling.training`` for why.
    seed : everything random hangs on it; the same seed on the same machine with the same
        number of threads gives the same weights.
    device : ``"auto"``, ``"cpu"``, ``"cuda"`` or another torch device.
    progress : True shows a bar, a callable gets a ``Progress`` after each step.

    Attributes
    ----------
    classes_ : sorted labels, shape (n_classes,).
    history_ : one mapping for each epoch: loss, seconds, validation_loss, validation_accuracy.
    temperature_ : logits are divided by it; fitted on validation, 1.0 without.
    model_, tokenizer_ : the transformers objects.
    validation_ : the ``Validation`` held out, or None.
    calibration_texts_ : some of the training texts, for the int8 engine.

    Examples
    --------
    >>> from penstock.modeling import TransformerClassifier
    >>> classifier = TransformerClassifier(epochs=3)
    >>> classifier.fit(texts, labels).predict(["when can we talk?"])  # doctest: +SKIP
    """

    def __init__(
        self,
        base_model: str | os.PathLike[str] = DEFAULT,
        *,
        epochs: int = 5,
        batch_size: int = 32,
        learning_rate: float = 3e-4,
        max_length: int = 128,
        warmup_share: float = 0.1,
        weight_decay: float = 0.01,
        dropout: float | None = None,
        label_smoothing: float = 0.0,
        validation_share: float = 0.1,
        patience: int | None = None,
        class_weight: Mapping[Any, float] | str | None = None,
        embeddings: Embeddings = "sparse",
        seed: int = 0,
        device: str = "auto",
        progress: bool | Watcher = False,
        **unknown: Any,
    ) -> None:
        if unknown:
            raise _unknown_parameter(next(iter(unknown)))
        self.base_model = base_model
        self.epochs = epochs
        self.batch_size = batch_size
        self.learning_rate = learning_rate
        self.max_length = max_length
        self.warmup_share = warmup_share
        self.weight_decay = weight_decay
        self.dropout = dropout
        self.label_smoothing = label_smoothing
        self.validation_share = validation_share
        self.patience = patience
        self.class_weight = class_weight
        self.embeddings = embeddings
        self.seed = seed
        self.device = device
        self.progress = progress

    def set_params(self, **params: Any) -> Self:
        """Set parameters by name and return self; InputError for a name that is not there."""
        known = self.get_params(deep=False)
        for name in params:
            if name.partition("__")[0] not in known:
                raise _unknown_parameter(name)
        super().set_params(**params)
        return self

    def fit(
        self,
        X: Any,  # noqa: N803
        y: Any,
        sample_weight: Any = None,
        *,
        store: Consumes | None = None,
    ) -> Self:
        """Fine-tune on texts ``X`` of shape (n_samples,) and labels ``y`` of shape (n_samples,).

        Parameters
        ----------
        X : list, numpy array or pandas Series of ``str``.
        y : labels of any one sortable type; each class at least once, two classes at least.
        sample_weight : weights of shape (n_samples,), on top of ``class_weight``.
        store : consumes ``base_model`` when that is an artifact reference.

        Raises
        ------
        DataError
            Texts or labels are unfit: empty, missing, of different lengths, one class.
        NotFoundError
            ``base_model`` is not there.
        InputError
            A parameter is out of its range.
        """
        self._check_parameters()
        texts = as_texts(X)
        refuse_empty_texts(texts)
        classes, targets = labelling.encode(y, len(texts))
        weights = _sample_weights(sample_weight, len(texts))
        weights *= labelling.class_weights(self.class_weight, classes, targets)[targets]
        source = resolve(self.base_model, store)
        with seeded(self.seed):
            self._start(source, classes)
            self._train(texts, targets, weights)
        return self

    def predict(self, X: Any) -> NDArray[Any]:  # noqa: N803
        """Return the likeliest label of each text, shape (n_samples,)."""
        best = self._logits(X).argmax(axis=1)
        return np.asarray(self.classes_[best])

    def predict_proba(self, X: Any) -> NDArray[np.float32]:  # noqa: N803
        """Return calibrated scores of shape (n_samples, n_classes), as ``classes_`` is sorted.

        An empty list gives shape (0, n_classes); texts beyond ``max_length`` tokens are cut.
        """
        logits = self._logits(X)
        return softmax(logits, self.temperature_)

    def _logits(self, X: Any) -> NDArray[np.float32]:  # noqa: N803
        check_is_fitted(self, "model_")
        encoded = encode_texts(self.tokenizer_, as_texts(X), self.max_length)
        device = device_of(self.device)
        return predict_logits(self.model_.to(device), Padding.of(self.tokenizer_), encoded, device)

    def _start(self, source: Any, classes: NDArray[Any]) -> None:
        names = [str(label) for label in classes.tolist()]
        self.tokenizer_ = load_tokenizer(source)
        self.model_ = load_encoder(source, names, self.dropout)
        check_max_length(self.max_length, self.model_.config)
        if self.model_.config.pad_token_id is None:
            self.model_.config.pad_token_id = self.tokenizer_.pad_token_id
        self.classes_ = classes

    def _train(
        self, texts: list[str], targets: NDArray[np.int64], weights: NDArray[np.float32]
    ) -> None:
        rng = np.random.default_rng(self.seed)
        learn, held = labelling.holdout(targets, self.validation_share, rng)
        encoded = encode_texts(self.tokenizer_, texts, self.max_length)
        weights = weights / weights[learn].mean()

        def part(rows: NDArray[np.int64]) -> Examples:
            return Examples([encoded[row] for row in rows], targets[rows], weights[rows])

        recipe, padding = self._recipe(), Padding.of(self.tokenizer_)
        with watching(self.progress) as watcher:
            self.history_ = train(self.model_, padding, part(learn), part(held), recipe, watcher)
        logits = predict_logits(self.model_, padding, part(held).encoded, recipe.device)
        held_texts = [texts[row] for row in held]
        self.validation_ = Validation(held_texts, targets[held], logits) if len(held) else None
        self.temperature_ = fit_temperature(logits, targets[held])
        some = np.sort(rng.permutation(learn)[:_CALIBRATION_TEXTS])
        self.calibration_texts_ = [texts[row] for row in some]

    def _recipe(self) -> Recipe:
        return Recipe(
            epochs=int(self.epochs),
            batch_size=int(self.batch_size),
            learning_rate=float(self.learning_rate),
            warmup_share=float(self.warmup_share),
            weight_decay=float(self.weight_decay),
            label_smoothing=float(self.label_smoothing),
            embeddings=self.embeddings,
            patience=self.patience,
            seed=int(self.seed),
            device=device_of(self.device),
        )

    def _check_parameters(self) -> None:
        for name, (low, high) in _RANGES.items():
            value = getattr(self, name)
            if value is None and name in _OPTIONAL:
                continue
            if not isinstance(value, int | float | np.number) or not low <= value <= high:
                raise InputError(f"{value!r} is not between {low} and {high}", where=name)
        if self.embeddings not in ("sparse", "frozen", "dense"):
            raise InputError(
                f"unknown choice {self.embeddings!r}",
                where="embeddings",
                hint=did_you_mean(str(self.embeddings), ["sparse", "frozen", "dense"]),
            )

    def __sklearn_tags__(self) -> Any:
        """Say to scikit-learn that ``X`` is one column of text."""
        tags = super().__sklearn_tags__()
        tags.input_tags.string = True
        tags.input_tags.one_d_array = True
        tags.input_tags.two_d_array = False
        tags.non_deterministic = False
        return tags


_RANGES: dict[str, tuple[float, float]] = {
    "epochs": (1, 1000),
    "batch_size": (1, 100_000),
    "learning_rate": (0.0, 10.0),
    "max_length": (3, 1_000_000),
    "warmup_share": (0.0, 1.0),
    "weight_decay": (0.0, 10.0),
    "dropout": (0.0, 0.99),
    "label_smoothing": (0.0, 0.99),
    "validation_share": (0.0, 0.9),
    "patience": (1, 1000),
    "seed": (0, 2**32 - 1),
}
_OPTIONAL = ("dropout", "patience")


def _hide_unknown(init: Any) -> None:
    """Take ``**unknown`` out of the signature that scikit-learn and a reader see."""
    signature = inspect.signature(init)
    known = [value for name, value in signature.parameters.items() if name != "unknown"]
    init.__signature__ = signature.replace(parameters=known)


_hide_unknown(TransformerClassifier.__init__)


def _unknown_parameter(name: str) -> InputError:
    known = [key for key in inspect.signature(TransformerClassifier).parameters if key != "self"]
    return InputError(
        f"TransformerClassifier has no parameter {name!r}", hint=did_you_mean(name, known)
    )


def _sample_weights(sample_weight: Any, n_samples: int) -> NDArray[np.float32]:
    if sample_weight is None:
        return np.ones(n_samples, np.float32)
    weights = np.array(sample_weight, np.float32)
    if weights.shape != (n_samples,):
        raise DataError(
            f"expected shape ({n_samples},), got {weights.shape}", where="sample_weight"
        )
    if not np.isfinite(weights).all() or (weights < 0).any() or not weights.any():
        raise DataError(
            "weights must be finite, not negative, and not all 0", where="sample_weight"
        )
    return weights
