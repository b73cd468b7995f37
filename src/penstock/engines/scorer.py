"""Text in, probabilities out: tokeniser, engine and calibration of one model directory."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Self

import msgspec
import numpy as np
from tokenizers import Tokenizer

from penstock.artifacts.manifest import verify
from penstock.engines import Engine, load_engine
from penstock.engines.base import Float32
from penstock.errors import ConfigError, DataError, IntegrityError

__all__ = ["TextScorer", "length_batches"]

CLASSIFIER = "classifier/classifier.json"
TOKENIZER = "classifier/tokenizer.json"
FORMAT = 1
MAX_ROWS = 64
MAX_TOKENS = 8192


class _Classifier(msgspec.Struct, frozen=True):
    format: int
    classes: list[Any]
    max_length: int
    temperature: float = 1.0


class TextScorer:
    """Scores texts as the container does; `load` makes one. Thread-safe.

    Attributes
    ----------
    classes : list of the labels, in the order of the columns.
    max_length : tokens a text is cut to, special tokens among them.
    temperature : what logits are divided by before the softmax.
    """

    def __init__(
        self,
        tokenizer: Tokenizer,
        engine: Engine,
        classes: Sequence[Any],
        *,
        max_length: int,
        temperature: float = 1.0,
    ) -> None:
        self.classes = list(classes)
        self.max_length = max_length
        self.temperature = temperature
        self._engine = engine
        self._pad = _padding_id(tokenizer)
        tokenizer.no_padding()
        tokenizer.enable_truncation(max_length)
        self._tokenizer = tokenizer

    @classmethod
    def load(cls, model_dir: Path, threads: int | None = None) -> Self:
        """Verify the digests of the files that are loaded, then load them.

        Parameters
        ----------
        model_dir : a trained, wrapped or packaged model.
        threads : cores for the engine; default: those this process really has.

        Raises
        ------
        NotFoundError : a file or the manifest is not there.
        IntegrityError : a file is not what the manifest says, or cannot be read.
        ConfigError : a JSON file has an unknown format or engine.
        """
        model_dir = Path(model_dir)
        verify(model_dir, only=[CLASSIFIER, TOKENIZER, "engine/"])
        spec = _read_classifier(model_dir / CLASSIFIER)
        return cls(
            _read_tokenizer(model_dir / TOKENIZER),
            load_engine(model_dir, threads),
            spec.classes,
            max_length=spec.max_length,
            temperature=spec.temperature,
        )

    def predict_proba(self, texts: Sequence[str]) -> Float32:
        """Return probabilities of shape (n, n_classes), in the order of `texts`.

        An empty list gives shape (0, n_classes). `DataError` if something is not text.
        """
        tokens = self.tokenize(texts)
        proba = np.empty((len(tokens), len(self.classes)), dtype=np.float32)
        for rows in length_batches([len(ids) for ids in tokens]):
            proba[rows] = self.score_tokens([tokens[row] for row in rows])
        return proba

    def tokenize(self, texts: Sequence[str]) -> list[list[int]]:
        """Return the token ids of each text: special tokens added, cut to `max_length`."""
        _check_texts(texts)
        if not len(texts):
            return []
        clean = [_without_surrogates(text) for text in texts]
        return [encoding.ids for encoding in self._tokenizer.encode_batch_fast(clean)]

    def score_tokens(self, tokens: Sequence[Sequence[int]]) -> Float32:
        """Return probabilities of shape (n, n_classes) for one batch of `tokenize`'s rows.

        The batch runs at once, padded to its longest row: keep rows of a length together.
        """
        if not len(tokens):
            return np.empty((0, len(self.classes)), dtype=np.float32)
        width = max(1, *map(len, tokens))
        input_ids = np.full((len(tokens), width), self._pad, dtype=np.int64)
        mask = np.zeros((len(tokens), width), dtype=np.int64)
        for row, ids in enumerate(tokens):
            input_ids[row, : len(ids)] = ids
            mask[row, : len(ids)] = 1
        return _softmax(self._engine(input_ids, mask) / np.float32(self.temperature))


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
    if spec.format != FORMAT:
        what = f"format {spec.format} is unknown"
        raise ConfigError(what, where=CLASSIFIER, hint="upgrade penstock")
    if not spec.classes or spec.max_length < 1 or not spec.temperature > 0:
        what = "wants at least one class, max_length of at least 1 and temperature above 0"
        raise ConfigError(what, where=CLASSIFIER)
    return spec


def _read_tokenizer(path: Path) -> Tokenizer:
    try:
        return Tokenizer.from_file(str(path))
    except Exception as error:  # tokenizers raises plain Exception
        raise IntegrityError(f"tokenizers cannot read it: {error}", where=TOKENIZER) from None


def _padding_id(tokenizer: Tokenizer) -> int:
    if tokenizer.padding:
        return int(tokenizer.padding["pad_id"])
    ids = (tokenizer.token_to_id(token) for token in ("[PAD]", "<pad>"))
    return next((id_ for id_ in ids if id_ is not None), 0)


def _check_texts(texts: Sequence[str]) -> None:
    if isinstance(texts, str):
        raise DataError("want a list of texts, got one text", hint="put it in a list")
    for number, text in enumerate(texts):
        if not isinstance(text, str):
            what = f"is {type(text).__name__}, want text"
            raise DataError(what, where=f"texts[{number}]", hint="use str(value)")


def _without_surrogates(text: str) -> str:
    """Replace lone surrogates, which JSON can carry and no tokeniser takes."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-8", "replace").decode()
    return text


def _softmax(logits: Float32) -> Float32:
    exponents = np.exp(logits - logits.max(axis=1, keepdims=True))
    proba: Float32 = (exponents / exponents.sum(axis=1, keepdims=True)).astype(np.float32)
    return proba
