"""Which texts are alike: equal but for numbers, case, punctuation, or one word in many.

A text that was trained on, or one nearly equal to it, says nothing when it is tested on.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence

__all__ = ["groups", "plain", "repeats"]

ALIKE = 0.85
"""Two texts are alike where they share this much of their words (Jaccard, with repeats)."""
WORDS = 3
"""A number is left out of a text that has this many words beside; else it is what is said."""

# Scripts that put no blank between words are compared by character.
UNSPACED = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff"
TOKEN = re.compile(rf"[{UNSPACED}]|[^\W{UNSPACED}]+")


def plain(text: str) -> str:
    """Return a text in the form in which equal texts are compared: Unicode, case, blanks."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def groups(texts: Sequence[str]) -> list[int]:
    """Return the group of each text: an int for each of n; texts that are alike share it.

    Alike are texts of the same words, whatever their order, case and punctuation; texts that
    differ only in numbers and have `WORDS` words or more beside them; and texts that share
    `ALIKE` of their words. What is alike to one of a group is in it, so no text of a group is
    alike to a text of another. Groups are numbered from 0 in the order of their first text.
    """
    sets = [_words(text) for text in texts]
    distinct = list(dict.fromkeys(sets))
    forest = list(range(len(distinct)))
    for one, other in _pairs(distinct):
        forest[_root(forest, one)] = _root(forest, other)
    place = {words: index for index, words in enumerate(distinct)}
    roots = [_root(forest, place[words]) for words in sets]
    names = {root: number for number, root in enumerate(dict.fromkeys(roots))}
    return [names[root] for root in roots]


def repeats(known: Sequence[str], texts: Sequence[str]) -> list[int]:
    """Return the indices of those of `texts` that are in a group with one of `known`."""
    found = groups([*known, *texts])
    there = set(found[: len(known)])
    return [index for index, group in enumerate(found[len(known) :]) if group in there]


Words = frozenset[tuple[str, int]]


def _words(text: str) -> Words:
    """Return the words, each with the count of its occurrence; symbols where there are none."""
    normal = plain(text)
    tokens = TOKEN.findall(normal)
    spoken = [token for token in tokens if not token.isdecimal()]
    kept = (spoken if len(spoken) >= WORDS else tokens) or [normal]
    return frozenset((word, nth) for word, count in Counter(kept).items() for nth in range(count))


def _pairs(sets: Sequence[Words]) -> Iterator[tuple[int, int]]:
    """Yield the pairs of indices of sets that are alike.

    Two sets that are share one of the rarest words of each (prefix filtering), so only those
    that do are compared.
    """
    frequency = Counter(word for words in sets for word in words)
    seen: dict[tuple[str, int], list[int]] = defaultdict(list)
    for index, words in sorted(enumerate(sets), key=lambda item: len(item[1])):
        rarest = sorted(words, key=lambda word: (frequency[word], word))
        prefix = rarest[: len(words) - math.ceil(ALIKE * len(words)) + 1]
        for other in {other for word in prefix for other in seen[word]}:
            if len(sets[other]) >= ALIKE * len(words) and _alike(words, sets[other]):
                yield index, other
        for word in prefix:
            seen[word].append(index)


def _alike(one: Words, other: Words) -> bool:
    shared = len(one & other)
    return shared >= ALIKE * (len(one) + len(other) - shared)


def _root(forest: list[int], index: int) -> int:
    while forest[index] != index:
        forest[index] = forest[forest[index]]
        index = forest[index]
    return index
