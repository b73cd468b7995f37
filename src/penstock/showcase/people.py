"""Invented people, at invented companies, with addresses that nobody can own."""

from __future__ import annotations

import random
import unicodedata
from dataclasses import dataclass

from penstock.showcase.sources import table

__all__ = ["Person", "prospect", "seller"]

_LETTERS = str.maketrans({"ø": "o", "ł": "l", "ß": "ss"})


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who writes or receives a mail."""

    first_name: str
    last_name: str
    title: str
    company: str
    domain: str
    phone: str

    @property
    def name(self) -> str:
        """First and last name."""
        return f"{self.first_name} {self.last_name}"

    @property
    def address(self) -> str:
        """An address at a reserved example domain."""
        return f"{_ascii(self.first_name)}.{_ascii(self.last_name)}@{self.domain}"

    @property
    def mailbox(self) -> str:
        """Name and address as a header shows them."""
        return f"{self.name} <{self.address}>"


def prospect(rng: random.Random) -> Person:
    """Return somebody who answers sales mails."""
    return _person(rng, "companies", rng.choice(table("people")["titles"]))


def seller(rng: random.Random) -> Person:
    """Return somebody who writes them."""
    return _person(rng, "vendors", "Account Executive")


def _person(rng: random.Random, employers: str, title: str) -> Person:
    people = table("people")
    employer = rng.choice(people[employers])
    return Person(
        first_name=rng.choice(people["first_names"]),
        last_name=rng.choice(people["last_names"]),
        title=title,
        company=employer["name"],
        domain=employer["domain"],
        phone=f"555-01{rng.randrange(100):02}",
    )


def _ascii(name: str) -> str:
    decomposed = unicodedata.normalize("NFKD", name.lower().translate(_LETTERS))
    return "".join(letter for letter in decomposed if letter.isascii())
