"""YAML as Penstock reads it: plain data, and no key twice in a mapping.

Every YAML file of a project, of a model and of Penstock itself is read here. PyYAML alone would
keep the last of two equal keys and drop the first without a word.
"""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from penstock.errors import ConfigError, Problem

__all__ = ["NUMBER_AS_TEXT", "as_number", "layout", "parse", "read"]

NUMBER_AS_TEXT = re.compile(r"([-+]?)(\d[\d_]*)(\.\d*)?[eE]([-+]?)(\d+)")
"""A number to people and to YAML 1.2, text to YAML 1.1: `3e-5`."""

MERGE = "tag:yaml.org,2002:merge"
NOT_OF_ITS_KIND = (ValueError, AttributeError, KeyError)
"""What PyYAML raises where a scalar is no date or number, though it looks like one."""


def read(path: Path, where: str) -> Any:
    """Read a YAML file; `where` is what errors call it.

    Raises
    ------
    OSError : the file cannot be read.
    ConfigError : it is not UTF-8, or as `parse`.
    """
    try:
        # Not read_text: it would turn line ends into others, and marks count characters.
        text = path.read_bytes().decode("utf-8")
    except UnicodeDecodeError as error:
        raise ConfigError("is not UTF-8", where=where, hint=f"byte {error.start} is odd") from None
    return parse(text, where)


def parse(text: str, where: str) -> Any:
    """Return the data of a YAML text; None where it is empty.

    Raises
    ------
    ConfigError : it is not YAML; a mapping has a key twice, with the lines of both. In the block
        of a filter, also where YAML 1.1 reads a word as something else than text, such as
        ``no`` or ``2024-01-01``.
    """
    try:
        return _document(yaml.SafeLoader(text), where)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f", line {mark.line + 1}" if mark else ""
        what = getattr(error, "problem", None) or f"is not YAML: {error}"
        raise ConfigError(str(what), where=where + line, hint="correct the YAML") from None
    except RecursionError:
        raise ConfigError("is nested too deeply", where=where) from None


def layout(text: str) -> yaml.Node | None:
    """Return the nodes of a YAML text that `parse` has read, with their places in it.

    For editing a file that a person wrote: comments and order stay. None where it is empty.
    """
    node: yaml.Node | None = yaml.compose(text, Loader=yaml.SafeLoader)
    return node


def _document(loader: yaml.SafeLoader, where: str) -> Any:
    node = loader.get_single_node()
    if node is None:
        return None
    problems = list(_Walk(loader, where).problems(node))
    if problems:
        raise ConfigError(problems=problems)
    return loader.construct_document(node)


class _Walk:
    """One look at every node of a document."""

    def __init__(self, loader: yaml.SafeLoader, where: str) -> None:
        self._loader = loader
        self._where = where
        self._seen: set[tuple[int, bool]] = set()
        self._open: set[int] = set()

    def problems(
        self, node: yaml.Node, path: str = "", in_filter: bool = False
    ) -> Iterator[Problem]:
        """Yield what is wrong with a node at `path`, such as ``wrap.after[0]``, and below it."""
        if id(node) in self._open:
            place = f"{self._where}, line {node.start_mark.line + 1}, {path}"
            yield Problem("contains itself", place, "an alias must stand outside of its anchor")
        if (id(node), in_filter) in self._seen:
            return
        self._seen.add((id(node), in_filter))
        self._open.add(id(node))
        if isinstance(node, yaml.MappingNode):
            yield from self._mapping(node, path, in_filter)
        elif isinstance(node, yaml.SequenceNode):
            for number, item in enumerate(node.value):
                yield from self.problems(item, f"{path}[{number}]", in_filter)
        elif isinstance(node, yaml.ScalarNode):
            yield from self._scalar(node, path, in_filter)
        self._open.remove(id(node))

    def _mapping(self, node: yaml.MappingNode, path: str, in_filter: bool) -> Iterator[Problem]:
        keys = [(self._key(key), key) for key, _ in node.value]
        yield from self._doubles(keys, path)
        in_filter = in_filter or any(key == "filter" for key, _ in keys)
        for key, value in node.value:
            inner = f"{path}.{_written(key)}" if path else _written(key)
            yield from self.problems(key, inner, in_filter)
            yield from self.problems(value, inner, in_filter)

    def _doubles(self, keys: list[tuple[Hashable, yaml.Node]], path: str) -> Iterator[Problem]:
        lines: dict[Hashable, list[int]] = {}
        names: dict[Hashable, str] = {}
        for key, node in keys:
            lines.setdefault(key, []).append(node.start_mark.line + 1)
            names.setdefault(key, _written(node))
        for key, found in lines.items():
            if len(found) > 1:
                inner = f"{path}.{names[key]}" if path else names[key]
                yield Problem(
                    f"the key '{names[key]}' stands here {_times(len(found))}, on {_lines(found)}",
                    f"{self._where}, {inner}",
                    "only the last would count: put all of it under one",
                )

    def _key(self, node: yaml.Node) -> Hashable:
        """Return what two keys have in common that are one: to Python, 1 is 1.0 and True."""
        if node.tag == MERGE:
            return "<<"
        try:
            key = self._loader.construct_object(node, deep=True)
        except NOT_OF_ITS_KIND:
            return id(node)
        return key if isinstance(key, Hashable) else id(node)

    def _scalar(self, node: yaml.ScalarNode, path: str, in_filter: bool) -> Iterator[Problem]:
        text, kind = node.value, node.tag.removeprefix("tag:yaml.org,2002:")
        if node.tag == MERGE:
            return
        place = f"{self._where}, line {node.start_mark.line + 1}"
        place += f", {path}" if path else ""
        try:
            value = self._loader.construct_object(node)
        except NOT_OF_ITS_KIND:
            yield Problem(f"`{text}` is no {kind}", place, _quoted(text))
            return
        hint = _surprise(kind, text) if in_filter and node.style is None else None
        if hint is not None:
            yield Problem(f"YAML reads `{text}` as {_shown(value)}", place, hint)


def _surprise(kind: str, text: str) -> str | None:
    """Return what to write instead of a word that YAML 1.1 reads as few people do."""
    quoted = _quoted(text)
    if kind == "bool" and text.lower() not in ("true", "false"):
        return f"{quoted}; or write {'true' if text.lower() in ('yes', 'on') else 'false'}"
    if kind == "timestamp":
        return quoted
    if kind in ("int", "float") and (":" in text or re.fullmatch(r"[-+]?0\d[\d_]*", text)):
        return quoted
    if kind == "str" and (number := NUMBER_AS_TEXT.fullmatch(text)):
        return f"write {as_number(number)}, or {quoted}"
    return None


def _quoted(text: str) -> str:
    return f'quote it: "{text}"'


def as_number(found: re.Match[str]) -> str:
    """Return a match of `NUMBER_AS_TEXT` as YAML 1.1 reads it as a number.

    >>> as_number(NUMBER_AS_TEXT.fullmatch("3e-5"))
    '3.0e-5'
    """
    sign, whole, fraction, exponent_sign, exponent = found.groups()
    fraction = fraction if fraction and fraction != "." else ".0"
    return f"{sign}{whole}{fraction}e{exponent_sign or '+'}{exponent}"


def _shown(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, date):
        return "a date"
    return f"the text '{value}'" if isinstance(value, str) else str(value)


def _written(node: yaml.Node) -> str:
    return node.value if isinstance(node, yaml.ScalarNode) else "?"


def _times(count: int) -> str:
    return "twice" if count == 2 else f"{count} times"


def _lines(lines: list[int]) -> str:
    *others, last = lines
    return f"lines {', '.join(map(str, others))} and {last}"
