"""What pydantic found in a file, in words: the key, the bad value, what to do."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any, get_args

from pydantic import BaseModel
from pydantic_core import ErrorDetails

from penstock.config.candidates import CANDIDATES
from penstock.errors import Problem, did_you_mean
from penstock.strict_yaml import NUMBER_AS_TEXT, as_number

__all__ = ["problem"]

SCALARS = (bool, int, float, date, type(None))
"""What YAML makes of words that look like them."""


def problem(detail: ErrorDetails, where: str, model: type[BaseModel]) -> Problem:
    """Say what is wrong with a value of the file `where`, which `model` describes."""
    key = _dotted(_written(detail["loc"]))
    place = f"{where}, {key}" if key else where
    if detail["type"] in ("union_tag_invalid", "union_tag_not_found"):
        return _kind_problem(detail, place)
    if detail["type"] == "extra_forbidden":
        names = _names(model, detail["loc"][:-1])
        return Problem("unknown key", place, did_you_mean(str(detail["loc"][-1]), names))
    if detail["type"] == "missing":
        return Problem("is missing", place, "add it")
    if detail["type"] == "value_error":
        return Problem(f"{detail['input']!r}: {detail['msg'].removeprefix('Value error, ')}", place)
    shown = repr(detail["input"])
    what = f"{shown if len(shown) < 80 else shown[:77] + '...'}: {_lower(detail['msg'])}"
    return Problem(what, place, _yaml_hint(detail["type"], detail["input"]))


def _yaml_hint(kind: str, value: object) -> str | None:
    """Say what to write where YAML read something else than a person does."""
    if kind in ("float_type", "int_type") and isinstance(value, str):
        number = NUMBER_AS_TEXT.fullmatch(value)
        return f"to YAML, {value} is text: write {as_number(number)}" if number else None
    if kind != "string_type" or not isinstance(value, SCALARS):
        return None
    # `no` and `yes` are words to people and labels to models, and neither to YAML.
    if isinstance(value, bool):
        return "YAML reads yes and no as true and false; quote it"
    return "quote it where text is meant"


def _written(loc: tuple[int | str, ...]) -> tuple[int | str, ...]:
    """Leave out the kind that pydantic puts behind a candidate's index."""
    return (*loc[:2], *loc[3:]) if loc[:1] == ("compare",) else loc


def _kind_problem(detail: ErrorDetails, place: str) -> Problem:
    kind = detail["ctx"].get("tag") if "ctx" in detail else None
    if kind is None:
        return Problem("a candidate names its kind", place, f"known: {', '.join(CANDIDATES)}")
    return Problem(f"unknown kind '{kind}'", f"{place}.kind", did_you_mean(kind, CANDIDATES))


def _lower(message: str) -> str:
    return message[:1].lower() + message[1:]


def _dotted(loc: tuple[int | str, ...]) -> str:
    text = ""
    for part in loc:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else str(part)
    return text


def _names(model: type[BaseModel], loc: tuple[int | str, ...]) -> Iterator[str]:
    if loc[:1] == ("compare",):
        model, loc = CANDIDATES[str(loc[2])], loc[3:]
    for part in loc:
        if isinstance(part, int) or str(part) not in model.model_fields:
            continue  # an item of a list, or one of several types
        annotation = model.model_fields[part].annotation
        annotation = next(iter(_sections(annotation)), annotation)
        if isinstance(annotation, type) and issubclass(annotation, BaseModel):
            model = annotation
    return (field.alias or name for name, field in model.model_fields.items())


def _sections(annotation: Any) -> Iterator[type[BaseModel]]:
    """Yield the blocks that `list[Block]` or `str | Block` speaks of."""
    for found in get_args(annotation):
        if isinstance(found, type) and issubclass(found, BaseModel):
            yield found
