"""Greetings and sign-offs: the light wrapping that a reply cutter leaves in place."""

from __future__ import annotations

import random

from penstock.showcase.people import Person
from penstock.showcase.sources import table

__all__ = ["dress", "greeting", "sign_off"]


def greeting(rng: random.Random, language: str, addressee: Person) -> str:
    """Return a greeting such as ``Hi Ada,``."""
    phrase: str = rng.choice(table("phrases")["greetings"][language])
    return phrase.replace("{name}", addressee.first_name)


def sign_off(rng: random.Random, language: str, writer: Person) -> str:
    """Return a sign-off such as ``Best,``, two times in three with a name below it."""
    phrase: str = rng.choice(table("phrases")["sign_offs"][language])
    name = rng.choice([writer.first_name, writer.name, ""])
    return f"{phrase}\n{name}".rstrip()


def dress(text: str, rng: random.Random, language: str, writer: Person, addressee: Person) -> str:
    """Return the text with a greeting and a sign-off, each of them left out at times."""
    parts = [text]
    if rng.random() < 0.6:
        parts.insert(0, greeting(rng, language, addressee))
    if rng.random() < 0.6:
        parts.append(sign_off(rng, language, writer))
    return "\n\n".join(parts)
