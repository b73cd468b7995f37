"""Read the data files that ship beside the code."""

from __future__ import annotations

import random
from collections.abc import Iterator
from functools import cache
from importlib import resources
from typing import Any

from penstock import strict_yaml

_DATA = resources.files("penstock.showcase") / "data"


@cache
def table(name: str) -> dict[str, Any]:
    """Return ``data/<name>.yaml`` as a dictionary; do not change it."""
    loaded: dict[str, Any] = strict_yaml.parse(
        (_DATA / f"{name}.yaml").read_text(encoding="utf-8"), f"{name}.yaml"
    )
    return loaded


def blocks(path: str) -> Iterator[tuple[str, str]]:
    """Yield the blocks of a text file under ``data`` as (head, text).

    A block starts with a line ``%% head``; the head may be empty.
    """
    text = _DATA.joinpath(*path.split("/")).read_text(encoding="utf-8")
    for block in ("\n" + text).split("\n%%")[1:]:
        head, _, body = block.partition("\n")
        yield head.strip(), body.strip()


def seeded(*parts: object) -> random.Random:
    """Return a generator that depends on the parts alone, such as a seed and a body's id."""
    return random.Random(":".join(map(str, parts)))  # noqa: S311 - a corpus, no secret
