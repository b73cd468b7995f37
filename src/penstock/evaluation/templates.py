"""Templates: one sentence with slots stands for many texts."""

from __future__ import annotations

import random
import re
from collections.abc import Mapping, Sequence
from math import prod

from penstock.errors import Problem, did_you_mean

__all__ = ["MOST", "expand", "template_problems"]

MOST = 200
"""Texts one template becomes at most; beyond, they are drawn by the seed."""

# Not str.format: `{name.__class__}` must stay text.
_SLOT = re.compile(r"\{([a-z][a-z0-9_]*)\}")


def expand(template: str, slots: Mapping[str, Sequence[str]], seed: int = 0) -> list[str]:
    """Return a template with each combination of its slots' values.

    >>> expand("Call {name} {when}.", {"name": ["Ann"], "when": ["today", "in May"]})
    ['Call Ann today.', 'Call Ann in May.']
    """
    used = list(dict.fromkeys(_SLOT.findall(template)))
    sizes = [len(slots[name]) for name in used]
    total = prod(sizes)
    # A combination is a number: a million of them need no memory.
    numbers: Sequence[int] = range(total)
    if total > MOST:
        numbers = sorted(random.Random(seed).sample(range(total), MOST))  # noqa: S311 - no secret
    return [_filled(template, used, sizes, slots, number) for number in numbers]


def template_problems(
    template: str, slots: Mapping[str, Sequence[str]], where: str
) -> list[Problem]:
    """Return a problem for each slot that has no values."""
    names = dict.fromkeys(_SLOT.findall(template))
    return [
        Problem(f"there is no slot '{name}'", where, did_you_mean(name, slots))
        for name in names
        if name not in slots
    ]


def _filled(
    template: str,
    used: list[str],
    sizes: list[int],
    slots: Mapping[str, Sequence[str]],
    number: int,
) -> str:
    values = {}
    for name, size in zip(reversed(used), reversed(sizes), strict=True):
        number, at = divmod(number, size)
        values[name] = slots[name][at]
    return _SLOT.sub(lambda found: values[found.group(1)], template)
