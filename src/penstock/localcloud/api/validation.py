"""Holds a request against botocore's own model of the service, as the service would.

botocore's ParamValidator knows types, required and unknown members and minima; patterns,
maxima and enumerations stand in the same model but only the service checks them.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator, Mapping
from typing import Any

import botocore.session
from botocore.model import ServiceModel
from botocore.validate import ParamValidator

from penstock.localcloud.fault import validation_exception

__all__ = ["problems", "service_model", "validate"]


@functools.cache
def service_model(service: str = "sagemaker") -> ServiceModel:
    """Return botocore's model of a service."""
    return botocore.session.get_session().get_service_model(service)


def validate(action: str, request: Any) -> None:
    """Raise a ValidationException that lists everything wrong with a request."""
    found = list(problems(action, request))
    if found:
        noun = "error" if len(found) == 1 else "errors"
        raise validation_exception(f"{len(found)} validation {noun} detected: {'; '.join(found)}")


def problems(action: str, request: Any) -> Iterator[str]:
    """Yield what is wrong with a request, each with where, the value and the rule."""
    shape = service_model().operation_model(action).input_shape
    report = ParamValidator().validate(request, shape)
    if report.has_errors():
        yield from report.generate_report().split("\n")
    yield from _constraints(request, shape, "")


def _constraints(value: Any, shape: Any, where: str) -> Iterator[str]:
    """Walk value and shape together; a wrong type was reported before, so skip it."""
    if shape.type_name == "structure" and isinstance(value, dict):
        yield from _members(value, shape.members, where)
    elif shape.type_name == "list" and isinstance(value, list):
        yield from _maximum(value, len(value), shape, where, "length")
        for index, item in enumerate(value):
            yield from _constraints(item, shape.member, f"{where}.{index + 1}.member")
    elif shape.type_name == "map" and isinstance(value, dict):
        yield from _maximum(value, len(value), shape, where, "length")
        yield from _entries(value, shape, where)
    elif shape.type_name == "string" and isinstance(value, str):
        yield from _text(value, shape, where)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield from _maximum(value, value, shape, where, "value")


def _members(value: Mapping[str, Any], members: Mapping[str, Any], where: str) -> Iterator[str]:
    for name, member in members.items():
        if name in value:
            # The service spells members as its Java code does: endpointName.
            spelled = name[0].lower() + name[1:]
            yield from _constraints(value[name], member, f"{where}.{spelled}".lstrip("."))


def _entries(value: Mapping[str, Any], shape: Any, where: str) -> Iterator[str]:
    for key, item in value.items():
        yield from _constraints(key, shape.key, f"{where}.{key}")
        yield from _constraints(item, shape.value, f"{where}.{key}")


def _text(value: str, shape: Any, where: str) -> Iterator[str]:
    over = list(_maximum(value, len(value), shape, where, "length"))
    yield from over
    if shape.enum and value not in shape.enum:
        rule = f"Member must satisfy enum value set: [{', '.join(shape.enum)}]"
        yield _failed(value, where, rule)
    pattern = shape.metadata.get("pattern")
    # A text far over its length could make a pattern slow, and one problem is enough.
    if pattern and not over and not _matches(pattern, value):
        yield _failed(value, where, f"Member must satisfy regular expression pattern: {pattern}")


def _maximum(value: Any, size: float, shape: Any, where: str, what: str) -> Iterator[str]:
    most = shape.metadata.get("max")
    if most is not None and size > most:
        prefix = "Member must have length" if what == "length" else "Member must have value"
        yield _failed(value, where, f"{prefix} less than or equal to {most}")


def _failed(value: Any, where: str, rule: str) -> str:
    shown = str(value) if len(str(value)) <= 120 else f"{str(value)[:120]}..."
    return f"Value '{shown}' at '{where}' failed to satisfy constraint: {rule}"


def _matches(pattern: str, value: str) -> bool:
    compiled = _compiled(pattern)
    return compiled is None or compiled.fullmatch(value) is not None


@functools.cache
def _compiled(pattern: str) -> re.Pattern[str] | None:
    """A few patterns of the model are Java's and not Python's; those go unchecked."""
    try:
        return re.compile(pattern, re.DOTALL)
    except re.error:
        return None
