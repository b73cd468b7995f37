"""Tokens: texts as rows of token ids that an encoder can read, however long a text is.

Training, prediction with torch and the container all cut texts here, so that they cut alike.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

from penstock.engines.base import Float32, Int64
from penstock.errors import InputError

__all__ = ["LONG_TEXT", "MAX_WINDOWS", "LongText", "TextTokenizer", "Tokens"]

LongText: TypeAlias = Literal["head", "tail", "head_tail", "windows"]
Ids: TypeAlias = list[int]

MAX_WINDOWS = 32
"""Windows of one text at most: with 128 tokens each, about 1500 words. It bounds what one
text can cost a server; what lies beyond is counted as cut."""

_HEAD = 0.25
"""Share of the head in ``head_tail``: Sun et al., 2019 ("How to fine-tune BERT for text
classification?") do best with 128 of 510 tokens from the head, the rest from the tail."""


@dataclass(frozen=True, slots=True)
class Tokens:
    """Token ids of n texts.

    Attributes
    ----------
    rows : token ids, special tokens among them; each row fits the encoder.
    counts : rows of each text, shape (n,), at least 1. The rows of a text are neighbours.
    truncated : texts of which some token is in no row, shape (n,).
    """

    rows: list[Ids]
    counts: Int64
    truncated: NDArray[np.bool_]

    def take(self, texts: Int64) -> Tokens:
        """Return the tokens of some of the texts, by their numbers."""
        starts = np.cumsum(self.counts) - self.counts
        spans = [range(starts[text], starts[text] + self.counts[text]) for text in texts]
        rows = [self.rows[row] for span in spans for row in span]
        return Tokens(rows, self.counts[texts], self.truncated[texts])

    def pool(self, logits: Float32) -> Float32:
        """Return the mean over each text's rows: from (n_rows, n_classes) to (n, n_classes)."""
        if len(self.rows) == len(self.counts):
            return logits
        starts = np.cumsum(self.counts) - self.counts
        sums = np.add.reduceat(logits, starts, axis=0)
        means: Float32 = (sums / self.counts[:, None]).astype(np.float32)
        return means


class TextTokenizer:
    """Makes `Tokens` of texts.

    Parameters
    ----------
    tokenizer : of the base model; its own truncation and padding are switched off.
    max_length : tokens of a row at most, special tokens among them.
    long_text : what is read of a text that is longer. ``"head"``, its beginning; ``"tail"``,
        its end; ``"head_tail"``, a quarter of the tokens from the beginning and the rest from
        the end; ``"windows"``, all of it, in windows that overlap by half, whose logits are
        averaged (32 windows at most).

    Raises
    ------
    InputError
        ``max_length`` leaves no room beside the special tokens.
    """

    def __init__(self, tokenizer: Tokenizer, max_length: int, long_text: LongText = "head") -> None:
        tokenizer.no_truncation()
        tokenizer.no_padding()
        self._tokenizer = tokenizer
        self._before, self._after = _special_tokens(tokenizer)
        self._room = max_length - len(self._before) - len(self._after)
        if self._room < 1:
            least = max_length - self._room + 1
            raise InputError(
                f"{max_length} leaves no room beside this model's special tokens",
                where="max_length",
                hint=f"use {least} or more",
            )
        self._cut = LONG_TEXT[long_text]

    def encode(self, texts: Sequence[str]) -> Tokens:
        """Return the tokens of texts; half of a surrogate pair is read as ``?``."""
        rows: list[Ids] = []
        counts, truncated = np.ones(len(texts), np.int64), np.zeros(len(texts), bool)
        for number, ids in enumerate(self._ids(texts)):
            if len(ids) <= self._room:
                rows.append(self._row(ids))
                continue
            pieces, lost = self._cut(ids, self._room)
            rows += map(self._row, pieces)
            counts[number], truncated[number] = len(pieces), lost
        return Tokens(rows, counts, truncated)

    def spans(self, text: str) -> list[tuple[int, int]]:
        """Return start and end, in characters, of each token of the whole text."""
        encoding = self._tokenizer.encode(_without_surrogates(text), add_special_tokens=False)
        return list(encoding.offsets)

    def _ids(self, texts: Sequence[str]) -> list[Ids]:
        clean = [_without_surrogates(text) for text in texts]
        encoded = self._tokenizer.encode_batch_fast(clean, add_special_tokens=False)
        return [encoding.ids for encoding in encoded]

    def _row(self, ids: Ids) -> Ids:
        return [*self._before, *ids, *self._after]


def _head(ids: Ids, room: int) -> tuple[list[Ids], bool]:
    return [ids[:room]], True


def _tail(ids: Ids, room: int) -> tuple[list[Ids], bool]:
    return [ids[-room:]], True


def _head_tail(ids: Ids, room: int) -> tuple[list[Ids], bool]:
    head = int(room * _HEAD)
    return [ids[:head] + ids[head - room :]], True


def _windows(ids: Ids, room: int) -> tuple[list[Ids], bool]:
    """Cut full windows; the last one ends where the text ends, so that none is a scrap."""
    stride = max(1, room // 2)
    last = len(ids) - room
    starts = [*range(0, last, stride), last]
    lost = len(starts) > MAX_WINDOWS
    return [ids[start : start + room] for start in starts[:MAX_WINDOWS]], lost


LONG_TEXT: dict[str, Callable[[Ids, int], tuple[list[Ids], bool]]] = {
    "head": _head,
    "tail": _tail,
    "head_tail": _head_tail,
    "windows": _windows,
}
"""Each takes the ids of a long text and the room there is; it returns rows, and whether some
of the text is in none."""


def _special_tokens(tokenizer: Any) -> tuple[Ids, Ids]:
    """Return the tokens that the tokenizer puts before and after a text."""
    probe = tokenizer.encode("a")
    content = [place for place, special in enumerate(probe.special_tokens_mask) if not special]
    if not content:
        return list(probe.ids), []
    return probe.ids[: content[0]], probe.ids[content[-1] + 1 :]


def _without_surrogates(text: str) -> str:
    """Replace lone surrogates, which JSON can carry and no tokenizer takes."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-8", "replace").decode()
    return text
