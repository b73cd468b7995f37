"""What a mail client or a gateway puts below a reply."""

from __future__ import annotations

import random

from penstock.showcase.people import Person
from penstock.showcase.sources import table

__all__ = ["disclaimer", "mobile_footer", "signature"]


def signature(rng: random.Random, writer: Person) -> str:
    """Return a signature block in one of five layouts."""
    lines = [writer.name, writer.title, writer.company, writer.phone]
    layouts = [
        "-- \n" + "\n".join(lines),
        "\n".join(lines),
        f"--\n{writer.name} | {writer.title} | {writer.company}",
        f"{'_' * 24}\n{writer.name}\n{writer.title}\n{writer.company}\nTel. {writer.phone}",
        f"{writer.name}\n{writer.title}, {writer.company}\nT: {writer.phone} | E: {writer.address}",
    ]
    return rng.choice(layouts)


def mobile_footer(rng: random.Random, language: str) -> str:
    """Return a footer such as ``Sent from my iPhone``."""
    footer: str = rng.choice(table("phrases")["mobile_footers"][language])
    return footer


def disclaimer(rng: random.Random, language: str) -> str:
    """Return a legal notice, in English where the language has none here."""
    notices = table("phrases")["disclaimers"]
    notice: str = rng.choice(notices.get(language, notices["en"]))
    return notice
