"""TransformerClassifier: a scikit-learn classifier over any Hugging Face encoder."""

from __future__ import annotations

import inspect
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from penstock.engines.scores import probabilities
from penstock.engines.tokens import LongText
from penstock.modeling import labels as labelling
from penstock.modeling.base_models import DEFAULT, Consumes, resolve
from penstock.modeling.calibration import calibrate
from penstock.modeling.encoder import (
    check_max_length,
    device_of,
    load_encoder,
    load_tokenizer,
    seeded,
)
from penstock.modeling.few_shot import FewShot, is_few_shot, warm_up
from penstock.modeling.head import start_head
from penstock.modeling.parameters import check_parameters, unknown_parameter
from penstock.modeling.pooling import add_pooling_layer, pools_mean
from penstock.modeling.predictor import Predictor, Validation
from penstock.modeling.progress import Watcher, watching
from penstock.modeling.texts import as_texts, refuse_empty_texts
from penstock.modeling.thresholds import label_thresholds
from penstock.modeling.training import (
    Embeddings,
    Examples,
    HeldOut,
    Padding,
    Recipe,
    train,
)
from penstock.modeling.weights import training_weights

__all__ = ["TransformerClassifier", "Validation"]

_CALIBRATION_TEXTS = 300
"""Training texts kept for int8 calibration; NNCF's own default subset is 300."""


class TransformerClassifier(Predictor):
    """Fine-tune a transformer encoder to classify text.

    Parameters
    ----------
    base_model : ``package:<module>/<path>``, directory, ``kind:name@version`` or hub id. Of a
        sentence encoder that pools by mean, a BERT with a ``1_Pooling/config.json``, the head
        reads the mean of the tokens, through a layer more, and starts as a logistic regression.
    epochs, batch_size, learning_rate
        The defaults are meant for small encoders such as all-MiniLM-L6-v2;
        ``benchmarks/accuracy.py`` says what they reach. Take about 3e-5 for a base-size
        encoder such as BERT or RoBERTa.
    max_length : tokens that the encoder sees at once; what of a longer text it sees is for
        ``long_text`` to say.
    long_text : ``"head"`` reads the beginning of a longer text, ``"tail"`` its end,
        ``"head_tail"`` a quarter from the beginning and the rest from the end, ``"windows"``
        all of it in windows that overlap by half: each window is an example to learn from, and
        a text's logits are the mean of its windows'.
    warmup_share : share of the steps over which the learning rate rises.
    weight_decay : of AdamW, on matrices only, not on biases or layer norms.
    dropout : of the encoder's layers; None keeps the base model's own.
    label_smoothing : share of each target spread over all classes.
    validation_share : share of each class held out for the validation figures in
        ``history_``, for the temperature and for the choice of the engine; 0 holds out none.
    patience : stop after so many epochs without a better validation loss and take the best
        epoch's weights; None runs all and takes the last.
    class_weight : ``"balanced"``, a mapping from label to weight, or None; what it means with
        several labels for a text is in ``penstock.modeling.weights``.
    few_shot : True warms the encoder up by contrast before it learns the labels, see
        ``penstock.modeling.few_shot``, and starts the head as a logistic regression. ``"auto"``
        does so where a class has 4 to 50 texts, by the median of the classes; False never.
    accumulate : parts in which a batch goes through the model, for less memory; the result is
        the same.
    layer_decay : factor on the learning rate for each layer from the head down; 1.0 is none.
    lora_rank : rank of LoRA adapters, which learn in place of the encoder's weights and
        are merged into them at the end; None trains all weights.
    compile : run the model through ``torch.compile``: the first steps take minutes, least with
        ``embeddings="dense"``. Not measured on CUDA.
    checkpoint : folder in which a fit keeps where it is, so that a killed one, called again
        with the same data and parameters, goes on and ends in the same weights. What a
        finished fit leaves there gives its result at once; any other fit replaces it. The
        warm-up of ``few_shot`` is not kept, but repeated.
    embeddings : ``"sparse"`` updates the rows that occur, ``"frozen"`` none, ``"dense"``
        all with weight decay; see ``penstock.modeling.training`` for why.
    seed : everything random hangs on it; the same seed on the same machine with the same
        number of threads gives the same weights.
    device : ``"auto"``, ``"cpu"``, ``"cuda"`` or another torch device.
    progress : True shows a bar, a callable gets a ``Progress`` after each step, at an epoch's
        last step with the epoch's record.

    Attributes
    ----------
    classes_ : labels, shape (n_classes,); sorted, or a multi-label data frame's columns.
    multilabel_ : whether a text may have several labels, or none.
    thresholds_ : multi-label, the score from which on each label is given, shape
        (n_classes,): the best F1 on validation, 0.5 without; else None.
    history_ : one mapping for each epoch: loss, learning_rate, seconds, texts_per_second,
        validation_loss, validation_accuracy; multi-label, validation_micro_f1 too.
    temperature_ : logits are divided by it; fitted on validation, 1.0 without.
    calibration_ : the ``Calibration``: what the temperature does on validation; None without.
    oos_threshold_ : see ``choose_oos_threshold``, None until then.
    truncated_ : texts that fit did not read whole.
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
        long_text: LongText = "head",
        warmup_share: float = 0.1,
        weight_decay: float = 0.01,
        dropout: float | None = None,
        label_smoothing: float = 0.0,
        validation_share: float = 0.1,
        patience: int | None = None,
        class_weight: Mapping[Any, float] | str | None = None,
        embeddings: Embeddings = "sparse",
        few_shot: FewShot = "auto",
        accumulate: int = 1,
        layer_decay: float = 1.0,
        lora_rank: int | None = None,
        compile: bool = False,
        checkpoint: str | os.PathLike[str] | None = None,
        seed: int = 0,
        device: str = "auto",
        progress: bool | Watcher = False,
        **unknown: Any,
    ) -> None:
        if unknown:
            raise unknown_parameter(next(iter(unknown)), _parameter_names())
        self.base_model = base_model
        self.epochs = epochs
        self.batch_size = batch_size
        self.learning_rate = learning_rate
        self.max_length = max_length
        self.long_text = long_text
        self.warmup_share = warmup_share
        self.weight_decay = weight_decay
        self.dropout = dropout
        self.label_smoothing = label_smoothing
        self.validation_share = validation_share
        self.patience = patience
        self.class_weight = class_weight
        self.embeddings = embeddings
        self.few_shot = few_shot
        self.accumulate = accumulate
        self.layer_decay = layer_decay
        self.lora_rank = lora_rank
        self.compile = compile
        self.checkpoint = checkpoint
        self.seed = seed
        self.device = device
        self.progress = progress

    def set_params(self, **params: Any) -> Self:
        """Set parameters by name and return self; InputError for a name that is not there."""
        known = self.get_params(deep=False)
        for name in params:
            if name.partition("__")[0] not in known:
                raise unknown_parameter(name, known)
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
        """Fine-tune on texts ``X`` of shape (n_samples,) and their labels ``y``.

        Parameters
        ----------
        X : list, numpy array or pandas Series of ``str``.
        y : labels of any one sortable type, shape (n_samples,), each class at least once, two
            classes at least. With several labels for a text, or none, an indicator of 0 and
            1, shape (n_samples, n_classes): numpy array, scipy sparse matrix, nested lists or
            a data frame, whose columns name the labels.
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
        check_parameters(self.get_params(deep=False))
        texts = as_texts(X)
        refuse_empty_texts(texts)
        labels = labelling.encode(y, len(texts))
        weights = training_weights(sample_weight, self.class_weight, labels)
        source = resolve(self.base_model, store)
        few = is_few_shot(self.few_shot, labels.targets, self._recipe())
        with seeded(self.seed):
            self._start(source, labels)
            if pools := pools_mean(source, self.model_):
                add_pooling_layer(self.model_)
            self._train(texts, labels, weights, few, few or (pools and not labels.multilabel))
        return self

    def _start(self, source: Any, labels: labelling.Labels) -> None:
        names = [str(label) for label in labels.classes]
        self.tokenizer_ = load_tokenizer(source)
        self.model_ = load_encoder(source, names, self.dropout, multilabel=labels.multilabel)
        check_max_length(self.max_length, self.model_.config)
        if self.model_.config.pad_token_id is None:
            self.model_.config.pad_token_id = self.tokenizer_.pad_token_id
        self.classes_, self.multilabel_ = labels.classes, labels.multilabel

    def _train(
        self,
        texts: list[str],
        labels: labelling.Labels,
        weights: NDArray[np.float32],
        few: bool,
        head_first: bool,
    ) -> None:
        targets = labels.targets
        rng = np.random.default_rng(self.seed)
        learn, held = labelling.holdout(targets, self.validation_share, rng)
        tokens = self._encode(texts)
        examples = Examples.of(tokens.take(learn), targets[learn], weights[learn])
        held_out = HeldOut(tokens.take(held), targets[held])
        recipe, padding = self._recipe(), Padding.of(self.tokenizer_)
        with watching(self.progress) as watcher:
            if few:
                warm_up(self.model_, padding, examples, recipe, watcher)
            if head_first:
                start_head(self.model_, padding, examples, recipe)
            folder = Path(self.checkpoint) if self.checkpoint is not None else None
            self.history_ = train(self.model_, padding, examples, held_out, recipe, watcher, folder)
        logits = held_out.logits(self.model_, padding, recipe.device)
        self._settle(Validation([texts[row] for row in held], targets[held], logits))
        self.truncated_ = int(tokens.truncated.sum())
        some = np.sort(rng.permutation(learn)[:_CALIBRATION_TEXTS])
        self.calibration_texts_ = [texts[row] for row in some]

    def _settle(self, held: Validation) -> None:
        """Take from the texts held out what turns logits into answers."""
        some = bool(held.texts)
        self.validation_ = held if some else None
        self.calibration_ = calibrate(held.logits, held.targets) if some else None
        self.temperature_ = self.calibration_.temperature if self.calibration_ else 1.0
        self.oos_threshold_ = None
        self.thresholds_ = None
        if self.multilabel_:
            scores = probabilities(held.logits, self.temperature_, multilabel=True)
            self.thresholds_ = label_thresholds(scores, held.targets)

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
            accumulate=int(self.accumulate),
            layer_decay=float(self.layer_decay),
            lora_rank=self.lora_rank,
            compile=bool(self.compile),
        )


def _hide_unknown(init: Any) -> None:
    """Take ``**unknown`` out of the signature that scikit-learn and a reader see."""
    signature = inspect.signature(init)
    known = [value for name, value in signature.parameters.items() if name != "unknown"]
    init.__signature__ = signature.replace(parameters=known)


_hide_unknown(TransformerClassifier.__init__)


def _parameter_names() -> list[str]:
    return [name for name in inspect.signature(TransformerClassifier).parameters if name != "self"]
