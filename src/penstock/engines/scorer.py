"""Text in, probabilities out: tokeniser, engine and calibration of one model directory."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Self, cast

import msgspec
import numpy as np
from tokenizers import Tokenizer

from penstock.artifacts.manifest import verify
from penstock.engines import Engine, engine_files, load_engine
from penstock.engines.base import Float32
from penstock.engines.packing import pack_size
from penstock.engines.padding import bucket, pad
from penstock.engines.scores import Scores
from penstock.engines.tokens import LONG_TEXT, LongText, TextTokenizer, Tokens
from penstock.errors import ConfigError, DataError, IntegrityError, did_you_mean

__all__ = ["TextScorer", "length_batches"]

CLASSIFIER = "classifier/classifier.json"
TOKENIZER = "classifier/tokenizer.json"
FORMATS = (1, 2)
"""Of ``classifier.json``; what format 1 lacks has a default."""

MAX_ROWS = 64
MAX_TOKENS = 8192


class _Classifier(msgspec.Struct, frozen=True):
    format: int
    classes: list[Any]
    max_length: int
    temperature: float = 1.0
    long_text: str = "head"
    thresholds: list[float] | None = None
    oos_threshold: float | None = None


class TextScorer:
    """Scores texts as the container does; `load` makes one. Thread-safe.

    Attributes
    ----------
    classes : list of the labels, in the order of the columns.
    max_length : tokens that the engine sees at once, special tokens among them.
    temperature : what logits are divided by before the softmax.
    long_text : what is read of a longer text, as `TextTokenizer` has it.
    thresholds : of each label of a multi-label model, shape (n_classes,); None for others.
    oos_threshold : a text is out of scope when its score is above; None where none was chosen.
    """

    def __init__(
        self,
        tokenizer: Tokenizer,
        engine: Engine,
        classes: Sequence[Any],
        *,
        max_length: int,
        temperature: float = 1.0,
        long_text: LongText = "head",
        thresholds: Sequence[float] | None = None,
        oos_threshold: float | None = None,
    ) -> None:
        self.classes = list(classes)
        self.max_length = max_length
        self.temperature = temperature
        self.long_text = long_text
        self.thresholds = None if thresholds is None else list(thresholds)
        self.oos_threshold = oos_threshold
        self._engine = engine
        self._pad, self._pad_left = _padding(tokenizer)
        self._tokenizer = TextTokenizer(tokenizer, max_length, long_text)

    @classmethod
    def load(
        cls,
        model_dir: Path,
        threads: int | None = None,
        engine: str | None = None,
        streams: int = 1,
    ) -> Self:
        """Verify the digests of the files that are loaded, then load them.

        Parameters
        ----------
        model_dir : a trained, wrapped or packaged model.
        threads : cores for the engine; default: those this process really has.
        engine : such as ``openvino-fp32``; default, the one the model names.
        streams : calls of `logits` that are to run at once, each on its share of the cores.

        Raises
        ------
        NotFoundError : a file, the manifest or the engine's library is not there.
        IntegrityError : a file is not what the manifest says, or cannot be read.
        ConfigError : a JSON file has an unknown format or engine, or the model lacks `engine`.
        """
        model_dir = Path(model_dir)
        verify(model_dir, only=[CLASSIFIER, TOKENIZER, *engine_files(model_dir, engine)])
        spec = _read_classifier(model_dir / CLASSIFIER)
        return cls(
            _read_tokenizer(model_dir / TOKENIZER),
            load_engine(model_dir, threads, engine, streams),
            spec.classes,
            max_length=spec.max_length,
            temperature=spec.temperature,
            long_text=cast(LongText, spec.long_text),
            thresholds=spec.thresholds,
            oos_threshold=spec.oos_threshold,
        )

    @property
    def streams(self) -> int:
        """Calls of `logits` that run at once; further ones wait for these."""
        return self._engine.streams

    @property
    def batch_rows(self) -> int:
        """Rows of a call of `logits` from which on more rows are no faster."""
        return self._engine.batch_rows

    @property
    def packs(self) -> bool:
        """Whether short texts of a call share a row, see `penstock.engines.packing`."""
        return self._engine.packs

    def specialise(self) -> None:
        """Make the engine faster for a busy server; calls go on meanwhile."""
        self._engine.specialise()

    def tokens(self, lengths: Sequence[int]) -> int:
        """Return the tokens that a call with n ≥ 1 rows of these reads, padding among them."""
        if self.packs and (size := pack_size(lengths)):
            return size
        return len(lengths) * self._width(lengths)

    @property
    def multilabel(self) -> bool:
        """Whether a text may have several labels, or none."""
        return self.thresholds is not None

    def predict_proba(self, texts: Sequence[str]) -> Float32:
        """Return probabilities of shape (n, n_classes), in the order of `texts`.

        An empty list gives shape (0, n_classes). `DataError` if something is not text.
        """
        return self.scores(texts).probabilities

    def out_of_scope_score(self, texts: Sequence[str]) -> Float32:
        """Return how far each text is out of scope, shape (n,); `oos_threshold` is on it."""
        return self.scores(texts).out_of_scope

    def scores(self, texts: Sequence[str]) -> Scores:
        """Return all that the model says of the texts; raises as `predict_proba`."""
        tokens = self.encode(texts)
        logits = np.empty((len(tokens.rows), len(self.classes)), dtype=np.float32)
        for rows in length_batches([len(ids) for ids in tokens.rows]):
            logits[rows] = self.logits([tokens.rows[row] for row in rows])
        return self.read(logits, tokens)

    def encode(self, texts: Sequence[str]) -> Tokens:
        """Return the token ids of each text, in one or more rows of `max_length` at most."""
        _check_texts(texts)
        return self._tokenizer.encode(texts)

    def spans(self, text: str) -> list[tuple[int, int]]:
        """Return start and end in the text of each token, special tokens left out."""
        return self._tokenizer.spans(text)

    def logits(self, rows: Sequence[Sequence[int]]) -> Float32:
        """Return logits of shape (n_rows, n_classes) for one batch of `Tokens.rows`.

        The batch runs at once. Where its rows do not share one, they are padded to the
        `bucket` of the longest: keep rows of a length together.
        """
        if not len(rows):
            return np.empty((0, len(self.classes)), dtype=np.float32)
        width = self._width(list(map(len, rows)))
        input_ids, mask = pad(rows, self._pad, self._pad_left, width)
        return self._engine(input_ids, mask)

    def _width(self, lengths: Sequence[int]) -> int:
        return min(bucket(max(lengths)), self.max_length)

    def read(self, logits: Float32, tokens: Tokens) -> Scores:
        """Return the scores of the texts whose rows gave `logits`, (n_rows, n_classes)."""
        pooled = tokens.pool(logits)
        return Scores.of(pooled, tokens.truncated, self.temperature, self.multilabel)


def length_batches(
    lengths: Sequence[int], *, max_rows: int = MAX_ROWS, max_tokens: int = MAX_TOKENS
) -> Iterator[list[int]]:
    """Yield row numbers in batches of similar length, the longest first.

    Parameters
    ----------
    lengths : tokens of each row.
    max_rows, max_tokens : bounds of one batch, the tokens counted with padding; a batch has
        at least one row.
    """
    batch: list[int] = []
    for row in sorted(range(len(lengths)), key=lengths.__getitem__, reverse=True):
        longest = lengths[batch[0]] if batch else 0
        if batch and (len(batch) == max_rows or longest * (len(batch) + 1) > max_tokens):
            yield batch
            batch = []
        batch.append(row)
    if batch:
        yield batch


def _read_classifier(path: Path) -> _Classifier:
    try:
        spec = msgspec.json.decode(path.read_bytes(), type=_Classifier)
    except msgspec.MsgspecError as error:
        raise ConfigError(str(error), where=CLASSIFIER) from None
    if spec.format not in FORMATS:
        what = f"format {spec.format} is unknown"
        raise ConfigError(what, where=CLASSIFIER, hint="upgrade penstock")
    if not spec.classes or spec.max_length < 1 or not spec.temperature > 0:
        what = "wants at least one class, max_length of at least 1 and temperature above 0"
        raise ConfigError(what, where=CLASSIFIER)
    if spec.thresholds is not None and len(spec.thresholds) != len(spec.classes):
        what = f"{len(spec.thresholds)} thresholds for {len(spec.classes)} classes"
        raise ConfigError(what, where=CLASSIFIER)
    if spec.long_text not in LONG_TEXT:
        hint = did_you_mean(spec.long_text, LONG_TEXT)
        raise ConfigError(f"unknown long_text {spec.long_text!r}", where=CLASSIFIER, hint=hint)
    return spec


def _read_tokenizer(path: Path) -> Tokenizer:
    try:
        return Tokenizer.from_file(str(path))
    except Exception as error:  # tokenizers raises plain Exception
        raise IntegrityError(f"tokenizers cannot read it: {error}", where=TOKENIZER) from None


def _padding(tokenizer: Tokenizer) -> tuple[int, bool]:
    """Return the token that pads, and whether it does so on the left."""
    if tokenizer.padding:
        return int(tokenizer.padding["pad_id"]), tokenizer.padding["direction"] == "left"
    ids = (tokenizer.token_to_id(token) for token in ("[PAD]", "<pad>"))
    return next((id_ for id_ in ids if id_ is not None), 0), False


def _check_texts(texts: Sequence[str]) -> None:
    if isinstance(texts, str):
        raise DataError("want a list of texts, got one text", hint="put it in a list")
    for number, text in enumerate(texts):
        if not isinstance(text, str):
            what = f"is {type(text).__name__}, want text"
            raise DataError(what, where=f"texts[{number}]", hint="use str(value)")
