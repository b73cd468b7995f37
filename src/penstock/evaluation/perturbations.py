"""Perturbations: small changes to a text that should leave its meaning alone."""

from __future__ import annotations

import random
import re
from collections.abc import Callable

__all__ = ["PERTURBATIONS", "typos"]

# A QWERTY keyboard, each key with those that touch it in its row and the rows beside it.
_KEYS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")

_FIRST_NAMES = (
    *("Anna", "Ben", "Carla", "David", "Elena", "Frank", "Grace", "Hiro", "Ines", "James"),
    *("Katrin", "Liam", "Maria", "Noah", "Olivia", "Peter", "Priya", "Sarah", "Thomas", "Yusuf"),
)
_PLEASANTRIES = (
    "Hope you are well. {}",
    "{} Thank you and have a great day!",
    "Good morning! {}",
    "{} Best wishes.",
)


def typos(text: str, rng: random.Random, rate: float = 0.05) -> str:
    """Return the text with typing errors in about `rate` of its letters, one at least.

    Each is a neighbouring key, two letters swapped, one left out or one doubled, as people
    make them (Pruthi et al., 2019). A text without letters comes back as it is.
    """
    letters = [at for at, char in enumerate(text) if char.isalpha()]
    if not letters:
        return text
    chosen = {at for at in letters if rng.random() < rate} or {rng.choice(letters)}
    out: list[str] = []
    at = 0
    while at < len(text):
        step = 1
        if at in chosen:
            piece, step = _slip(text, at, rng)
            out.append(piece)
        else:
            out.append(text[at])
        at += step
    return "".join(out)


def _slip(text: str, at: int, rng: random.Random) -> tuple[str, int]:
    """Return what is typed instead of the letter, and how many letters it stands for."""
    char, after = text[at], text[at + 1 : at + 2]
    kind = rng.choice(("neighbour", "neighbour", "swap", "drop", "double"))
    if kind == "swap" and after.isalpha() and after != char:
        return after + char, 2
    if kind == "drop" and len(text) > 1:
        return "", 1
    near = _NEIGHBOURS.get(char.lower())
    if kind == "double" or not near:
        return char * 2, 1
    typed = rng.choice(near)
    return typed.upper() if char.isupper() else typed, 1


def _neighbours() -> dict[str, str]:
    places = {
        key: (row, column) for row, keys in enumerate(_KEYS) for column, key in enumerate(keys)
    }
    return {
        key: "".join(
            other
            for other, (r, c) in places.items()
            if other != key and abs(r - row) <= 1 and abs(c - column) <= 1
        )
        for key, (row, column) in places.items()
    }


_NEIGHBOURS = _neighbours()
_NAME = re.compile(rf"\b({'|'.join(_FIRST_NAMES)})\b")


def names(text: str, rng: random.Random) -> str:
    """Return the text with each first name of a short list replaced by another one of it."""
    return _NAME.sub(
        lambda found: rng.choice([n for n in _FIRST_NAMES if n != found.group()]), text
    )


def numbers(text: str, rng: random.Random) -> str:
    """Return the text with each number replaced by another of as many digits."""

    def other(found: re.Match[str]) -> str:
        size = len(found.group())
        return str(rng.randint(10 ** (size - 1) if size > 1 else 1, 10**size - 1))

    return re.sub(r"[0-9]+", other, text)


def pleasantry(text: str, rng: random.Random) -> str:
    """Return the text with a friendly sentence before or after it."""
    return rng.choice(_PLEASANTRIES).replace("{}", text)


def punctuation(text: str, _rng: random.Random) -> str:
    """Return the text without its commas, full stops, question and exclamation marks."""
    return re.sub(r"[.,;:!?]", "", text)


PERTURBATIONS: dict[str, Callable[[str, random.Random], str]] = {
    "typos": typos,
    "lower": lambda text, _rng: text.lower(),
    "upper": lambda text, _rng: text.upper(),
    "names": names,
    "numbers": numbers,
    "pleasantry": pleasantry,
    "punctuation": punctuation,
}
"""What a behavioural test may name as its ``edit``."""
