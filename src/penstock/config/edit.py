"""Writes a filter into a file of a project and leaves all else of it as it stands.

The text is changed where PyYAML's marks say that a value is, so comments, order and layout stay.
The result is read again: where it does not hold what was wanted, nothing is changed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import yaml

from penstock import strict_yaml
from penstock.errors import ConfigError

__all__ = ["with_filter"]

EMPTY = ("", "~", "null", "Null", "NULL")


def with_filter(text: str, block: Mapping[str, Any], where: str) -> str:
    """Return a file's text with a filter in `wrap.after`.

    A filter of that name gets the parameters of `block` and keeps others; where there is none,
    the block is put behind the `rules` that stand first.

    Parameters
    ----------
    text : of a file that has, or may have, the key `wrap`.
    block : the name as ``filter``, and parameters that are numbers or mappings to numbers.
    where : the file, for errors.

    Raises
    ------
    ConfigError : the filter stands there twice, or the file is written in a way that cannot be
        changed here, such as with an alias.
    """
    data = strict_yaml.parse(text, where)
    wanted = _wanted(data, block, where)
    root = strict_yaml.layout(text)
    edit = _Edit(text)
    if isinstance(root, yaml.MappingNode):
        edit.wrap(root, block)
    elif root is None:
        edit.start(block)
    changed = edit.result()
    if not _reads_as(changed, wanted, where):
        hint = "put it there by hand: `penstock thresholds` without --write prints it"
        raise ConfigError("cannot be written into this layout", where=f"{where}, wrap", hint=hint)
    return changed


def _reads_as(text: str, wanted: Any, where: str) -> bool:
    try:
        return bool(strict_yaml.parse(text, where) == wanted)
    except ConfigError:
        return False


def _wanted(data: Any, block: Mapping[str, Any], where: str) -> Any:
    """Return the file's data as it is to be."""
    data = data if isinstance(data, dict) else {}
    wrap = data.get("wrap") or {}
    after = wrap.get("after") if isinstance(wrap, dict) else None
    items = list(after) if isinstance(after, list) else []
    places = _places(items, block)
    if len(places) > 1:
        what = f"has {block['filter']} {len(places)} times"
        raise ConfigError(what, where=f"{where}, wrap.after", hint="leave one of them")
    if places:
        items[places[0]] = {**items[places[0]], **block}
    else:
        items.insert(_leading_rules(items), dict(block))
    return {**data, "wrap": {**(wrap if isinstance(wrap, dict) else {}), "after": items}}


def _places(items: list[Any], block: Mapping[str, Any]) -> list[int]:
    return [at for at, item in enumerate(items) if _name(item) == block["filter"]]


def _leading_rules(items: list[Any]) -> int:
    """Count the `rules` at the head: what they decide, no threshold is to hold back."""
    others = (at for at, item in enumerate(items) if _name(item) != "rules")
    return next(others, len(items))


def _name(item: Any) -> Any:
    if isinstance(item, yaml.MappingNode):
        found = _find(item, "filter")
        return found[1].value if found else None
    return item.get("filter") if isinstance(item, dict) else None


def _find(mapping: yaml.MappingNode, key: str) -> tuple[yaml.Node, yaml.Node] | None:
    return next((pair for pair in mapping.value if pair[0].value == key), None)


@dataclass
class _Edit:
    """Splices of a text: (start, end, what stands there instead)."""

    text: str
    splices: list[tuple[int, int, str]] = field(default_factory=list)

    def result(self) -> str:
        """Return the text with all splices."""
        text = self.text
        # From the back, so that places ahead stay; at one place the first splice comes first.
        numbered = sorted((start, at) for at, (start, _, _) in enumerate(self.splices))
        for _, at in reversed(numbered):
            start, end, new = self.splices[at]
            text = text[:start] + new + text[end:]
        return text

    def start(self, block: Mapping[str, Any]) -> None:
        """Write into a file that holds nothing but comments."""
        lines = _lines({"wrap": {"after": [block]}})
        self._put(len(self.text), "".join(f"{line}\n" for line in lines))

    def wrap(self, root: yaml.MappingNode, block: Mapping[str, Any]) -> None:
        """Write into a mapping that has, or may have, the key `wrap`."""
        pair = _find(root, "wrap")
        if pair is None:
            self._append(root, _lines({"wrap": {"after": [block]}}))
        elif _is_empty(pair[1]):
            self._fill(pair, _lines({"after": [block]}))
        elif isinstance(pair[1], yaml.MappingNode):
            self._after(pair[1], block)

    def _after(self, wrap: yaml.MappingNode, block: Mapping[str, Any]) -> None:
        pair = _find(wrap, "after")
        if pair is None:
            self._append(wrap, _lines({"after": [block]}))
        elif _is_empty(pair[1]):
            self._fill(pair, _lines([block]))
        elif isinstance(pair[1], yaml.SequenceNode):
            self._item((pair[0], pair[1]), block)

    def _item(self, pair: tuple[yaml.Node, yaml.SequenceNode], block: Mapping[str, Any]) -> None:
        items = pair[1].value
        places = _places(items, block)
        if places:
            self._parameters(items[places[0]], block)
            return
        at = _leading_rules(items)
        if pair[1].flow_style and at:
            self._put(items[at - 1].end_mark.index, f", {_flow(block)}")
        elif pair[1].flow_style:
            self._put(items[0].start_mark.index, f"{_flow(block)}, ")
        else:
            before = self._last(items[at - 1]) if at else pair[0].end_mark.index
            self._below(before, pair[1].start_mark.column, _lines([block]))

    def _parameters(self, item: yaml.MappingNode, block: Mapping[str, Any]) -> None:
        if item.flow_style:
            old = strict_yaml.parse(self.text[item.start_mark.index : item.end_mark.index], "")
            self._set(item, _flow({**old, **block}))
            return
        for key, value in block.items():
            pair = _find(item, key)
            if pair is None:
                name = _find(item, "filter")
                before = self._last(name[1]) if name else self._last(item)
                self._below(before, item.start_mark.column, _lines({key: value}))
            elif key != "filter":
                self._value(pair, value)

    def _value(self, pair: tuple[yaml.Node, yaml.Node], value: Any) -> None:
        old = pair[1]
        if not isinstance(value, Mapping) or not _is_block(old):
            self._set(old, _flow(value) if old.start_mark.index < old.end_mark.index else "")
        elif kept := [entry for entry in old.value if entry[0].value in value]:
            self._entries(old.value, kept, old.start_mark.column, value)
        else:
            self._replace(pair, value)

    def _entries(
        self, old: list[Any], kept: list[Any], column: int, value: Mapping[str, Any]
    ) -> None:
        """Change the entries of a block: new values, new entries, and no others."""
        for key, node in old:
            if key.value in value:
                self._set(node, _flow(value[key.value]))
            else:
                start = key.start_mark.index - key.start_mark.column
                self._put(start, "", self._line_end(self._last(node)) + 1)
        names = {key.value for key, _ in kept}
        new = {key: number for key, number in value.items() if key not in names}
        if new:
            self._below(self._last(kept[-1][1]), column, _lines(new))

    def _replace(self, pair: tuple[yaml.Node, yaml.Node], value: Mapping[str, Any]) -> None:
        """Put other entries below a key, and keep what stands on its line."""
        first, key_end = pair[1].value[0][0], pair[0].end_mark.index
        start = first.start_mark.index - first.start_mark.column
        self._put(start, "", self._line_end(self._last(pair[1])) + 1)
        if value:
            self._below(key_end, pair[0].start_mark.column + 2, _lines(value))
        else:
            self._put(self.text.index(":", key_end) + 1, " {}")

    def _append(self, mapping: yaml.MappingNode, lines: list[str]) -> None:
        self._below(self._last(mapping), mapping.start_mark.column, lines)

    def _fill(self, pair: tuple[yaml.Node, yaml.Node], lines: list[str]) -> None:
        self._put(pair[0].end_mark.index, ":", pair[1].end_mark.index)
        self._below(pair[1].end_mark.index, pair[0].start_mark.column + 2, lines)

    def _set(self, node: yaml.Node, new: str) -> None:
        self._put(node.start_mark.index, new, node.end_mark.index)

    def _put(self, start: int, new: str, end: int | None = None) -> None:
        self.splices.append((start, start if end is None else end, new))

    def _below(self, index: int, column: int, lines: list[str]) -> None:
        """Put lines below the line that `index` is in."""
        end = self._line_end(index)
        newline = "\r\n" if "\r\n" in self.text else "\n"
        end -= self.text[end - 1 : end] == "\r"
        self._put(end, "".join(f"{newline}{' ' * column}{line}" for line in lines))

    def _line_end(self, index: int) -> int:
        end = self.text.find("\n", index)
        return len(self.text) if end < 0 else end

    def _last(self, node: yaml.Node) -> int:
        """Return where the last character of a node ends; a block's own mark is further down."""
        if isinstance(node, yaml.CollectionNode) and not node.flow_style and node.value:
            last = node.value[-1]
            return self._last(last[1] if isinstance(last, tuple) else last)
        end = node.end_mark.index
        return len(self.text[:end].rstrip())


def _is_block(node: yaml.Node) -> bool:
    return isinstance(node, yaml.MappingNode) and not node.flow_style


def _is_empty(node: yaml.Node) -> bool:
    if isinstance(node, yaml.ScalarNode):
        return node.style is None and node.value in EMPTY
    return not node.value


def _lines(data: Any) -> list[str]:
    written = yaml.safe_dump(data, sort_keys=False, allow_unicode=True, width=10**6)
    return str(written).splitlines()


def _flow(data: Any) -> str:
    written = yaml.safe_dump(
        data, sort_keys=False, allow_unicode=True, width=10**6, default_flow_style=True
    )
    return str(written).removesuffix("...\n").rstrip("\n")
