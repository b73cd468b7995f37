"""What a filter's docstring says of it and of its parameters."""

from __future__ import annotations

import inspect
import re
from dataclasses import dataclass
from typing import Any, get_args, get_origin

import msgspec

from penstock.filters.parameters import REQUIRED, Declared, declared

__all__ = ["Description", "describe", "described_type", "shown_default"]

SECTION = re.compile(r"^(\w+)\n-+$", re.MULTILINE)
ENTRY = re.compile(r"^(\w+) : (.+(?:\n .+)*)", re.MULTILINE)
DEFAULT = re.compile(r"; default [^;]*$")


@dataclass(frozen=True, slots=True)
class Description:
    """A filter: one sentence, the rest of the text, what each parameter means, its YAML."""

    summary: str
    details: str
    parameters: dict[str, str]
    example: str


def describe(cls: type) -> Description:
    """Read a class's docstring, written as numpy's are: sections ``Parameters``, ``Examples``.

    The default of a parameter is left out; `shown_default` has it from the code. Without an
    example in the docstring, the YAML has every parameter with its default.
    """
    text = inspect.cleandoc(cls.__doc__).replace("``", "`") if cls.__doc__ else ""
    head, *sections = SECTION.split(text)
    summary, _, details = head.partition("\n\n")
    named = dict(zip(sections[::2], sections[1::2], strict=True))
    entries = ENTRY.findall(named.get("Parameters", ""))
    parameters = {name: DEFAULT.sub("", _joined(meaning)).rstrip(".") for name, meaning in entries}
    example = named.get("Examples", "").strip() or _with_defaults(cls)
    return Description(_joined(summary), details.strip(), parameters, example)


def _with_defaults(cls: type) -> str:
    lines = [f"- filter: {getattr(cls, 'name', '')}"]
    lines += [f"  {parameter.name}: {shown_default(parameter)}" for parameter in declared(cls)]
    return "\n".join(lines)


def described_type(parameter: Declared) -> str:
    """Return a parameter's type for a person: ``text or null``, ``whole number of 1 or more``."""
    return _type(parameter.type)


def shown_default(parameter: Declared) -> str:
    """Return the default as YAML writes it, or ``required``."""
    if parameter.default is REQUIRED:
        return "required"
    return msgspec.json.encode(parameter.default).decode()


NAMES: dict[Any, str] = {
    str: "text",
    int: "whole number",
    float: "number",
    bool: "true or false",
    type(None): "null",
    Any: "anything",
}


def _type(type_: Any) -> str:
    if hasattr(type_, "__metadata__"):
        return _type(type_.__origin__) + _bounds(type_.__metadata__)
    arguments = get_args(type_)
    origin = get_origin(type_)
    if type_ in NAMES:
        return NAMES[type_]
    if origin in (tuple, list):
        return f"list of {_type(arguments[0])}"
    if origin is dict:
        return f"mapping to {_type(arguments[1])}"
    if isinstance(type_, type):
        return type_.__name__.lower()
    if arguments and all(not isinstance(a, type) and isinstance(a, str) for a in arguments):
        return " or ".join(arguments)
    return " or ".join(map(_type, arguments)) if arguments else str(type_)


def _bounds(metadata: tuple[Any, ...]) -> str:
    found = []
    for meta in metadata:
        low, high = getattr(meta, "ge", None), getattr(meta, "le", None)
        above = getattr(meta, "gt", None)
        if low is not None and high is not None:
            found.append(f" from {low} to {high}")
        elif low is not None:
            found.append(f" of {low} or more")
        if above is not None:
            found.append(f" above {above}" + (f", to {high}" if high is not None else ""))
    return "".join(found)


def _joined(text: str) -> str:
    return " ".join(text.split())
