"""A filter from its block of YAML, and back."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping
from typing import Any, get_args, get_type_hints

import msgspec

from penstock.errors import PenstockError, Problem, did_you_mean
from penstock.filters.base import Filter
from penstock.strict_yaml import NUMBER_AS_TEXT, as_number

__all__ = ["build", "declared", "to_dict"]

TEXT_WANTED = re.compile(
    r"Expected `[^`]*\bstr\b[^`]*`, got `(?:bool|int|float|null|date|datetime)`"
)
NUMBER_WANTED = re.compile(r"Expected `[^`]*\b(?:int|float)\b[^`]*`, got `str`")

REQUIRED: Any = object()


@dataclasses.dataclass(frozen=True, slots=True)
class Declared:
    """One parameter of a filter class; `default` is `REQUIRED` where there is none."""

    name: str
    type: Any
    default: Any


def declared(cls: type) -> list[Declared]:
    """Return the parameters of a filter class: fields of a struct or a dataclass."""
    if issubclass(cls, msgspec.Struct):
        return [_of_struct(field) for field in msgspec.structs.fields(cls)]
    if dataclasses.is_dataclass(cls):
        hints = get_type_hints(cls, include_extras=True)
        return [_of_dataclass(field, hints) for field in dataclasses.fields(cls) if field.init]
    return []


def build(
    cls: type, parameters: Mapping[str, Any], where: str
) -> tuple[Filter | None, list[Problem]]:
    """Return a filter, or None and everything that is wrong with its parameters.

    Parameters
    ----------
    cls : the filter's class.
    parameters : as the YAML file has them.
    where : such as ``pipeline.yaml, before[1]``; a parameter's name is added to it.
    """
    known = {parameter.name: parameter for parameter in declared(cls)}
    problems = [
        Problem(f"unknown parameter '{key}'", f"{where}.{key}", did_you_mean(str(key), known))
        for key in parameters
        if key not in known
    ]
    values: dict[str, Any] = {}
    for name, parameter in known.items():
        _convert(
            parameter, parameters.get(name, parameter.default), f"{where}.{name}", values, problems
        )
    if problems:
        return None, problems
    try:
        return cls(**values), []
    except PenstockError as error:
        return None, [Problem(p.what, f"{where}.{p.where}", p.hint) for p in error.problems]
    except (ValueError, TypeError) as error:
        return None, [Problem(str(error), where)]


def to_dict(filter_: Filter) -> dict[str, Any]:
    """Return ``{"filter": name, **parameters}``, defaults among them."""
    names = [parameter.name for parameter in declared(type(filter_))]
    values = {name: msgspec.to_builtins(getattr(filter_, name)) for name in names}
    return {"filter": filter_.name, **values}


def _convert(
    parameter: Declared, value: Any, where: str, values: dict[str, Any], problems: list[Problem]
) -> None:
    if value is REQUIRED:
        problems.append(Problem("is required", where))
        return
    try:
        values[parameter.name] = msgspec.convert(value, parameter.type)
    except msgspec.ValidationError as error:
        problems.append(_problem(parameter, value, str(error), where))


def _problem(parameter: Declared, value: Any, message: str, where: str) -> Problem:
    """Name the place within a value, which msgspec writes as ``$[0].when``."""
    message, _, path = message.partition(" - at `$")
    where += path.rstrip("`")
    unknown = re.search("unknown field `(.+)`", message)
    if unknown is None:
        shown = f"{value!r} is not allowed: " if not path else ""
        return Problem(shown + message, where, _hint(value, message))
    hint = did_you_mean(unknown[1], _field_names(parameter.type))
    return Problem(f"unknown key '{unknown[1]}'", where, hint)


def _hint(value: Any, message: str) -> str | None:
    """Say what to write where YAML made something else of a word than was meant."""
    if TEXT_WANTED.search(message):
        return "YAML made this of what is written; quote it where text is meant"
    if NUMBER_WANTED.search(message):
        found = next(filter(None, map(NUMBER_AS_TEXT.fullmatch, _texts(value))), None)
        return f"to YAML, {found[0]} is text: write {as_number(found)}" if found else None
    return None


def _texts(value: Any) -> list[str]:
    """Return the texts in a value, however deep."""
    if isinstance(value, str):
        return [value]
    if isinstance(value, Mapping):
        value = [*value.values()]
    return [text for item in value for text in _texts(item)] if isinstance(value, list) else []


def _field_names(type_: Any) -> list[str]:
    """Return the fields of the structs that a type is made of."""
    if isinstance(type_, type) and issubclass(type_, msgspec.Struct):
        return list(type_.__struct_fields__)
    return [name for inner in get_args(type_) for name in _field_names(inner)]


def _of_struct(field: msgspec.structs.FieldInfo) -> Declared:
    if field.default is not msgspec.NODEFAULT:
        return Declared(field.name, field.type, field.default)
    if field.default_factory is not msgspec.NODEFAULT:
        return Declared(field.name, field.type, field.default_factory())
    return Declared(field.name, field.type, REQUIRED)


def _of_dataclass(field: dataclasses.Field[Any], hints: Mapping[str, Any]) -> Declared:
    default: Any = REQUIRED
    if field.default is not dataclasses.MISSING:
        default = field.default
    elif field.default_factory is not dataclasses.MISSING:
        default = field.default_factory()
    return Declared(field.name, hints[field.name], default)
