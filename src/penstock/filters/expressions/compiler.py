"""From Python's syntax tree to closures, by a list of what is allowed."""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Sequence
from typing import Any

from penstock.errors import did_you_mean
from penstock.filters.expressions.kinds import Code, ExpressionError, Kind, Part, Values
from penstock.filters.expressions.vocabulary import FUNCTIONS, NAMES

__all__ = ["Compiler"]

MAX_DEPTH = 40

COMPARE: dict[type, Callable[[Any, Any], Any]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.In: lambda item, group: item in group,
    ast.NotIn: lambda item, group: item not in group,
}
ARITHMETIC: dict[type, Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}
ABSENT: dict[Kind, Any] = {Kind.NUMBER: 0.0, Kind.TEXT: ""}
"""What a table says of a key it has not, by the kind of what it holds."""


class Compiler:
    """Compiles one expression; `names` and `labels` are those it uses."""

    def __init__(self, source: str) -> None:
        self._source = source.lstrip()
        self._indent = len(source) - len(self._source)
        self.names: set[str] = set()
        self.labels: set[str] = set()
        self._depth = 0

    def compile(self, node: ast.expr) -> Part:
        """Return the compiled part; ExpressionError where it is not allowed."""
        method = getattr(self, f"_{type(node).__name__.lower()}", None)
        if method is None:
            raise self._error(node, f"{_called(node)} is not part of the language")
        if self._depth == MAX_DEPTH:
            raise self._error(node, f"nested more than {MAX_DEPTH} deep", "split the rule")
        self._depth += 1
        part: Part = method(node)
        self._depth -= 1
        return part

    def _constant(self, node: ast.Constant) -> Part:
        value = node.value
        if value is None:
            return Part(lambda values: None, Kind.ANY)
        for type_, kind in ((bool, Kind.TRUTH), (int, Kind.NUMBER), (float, Kind.NUMBER)):
            if isinstance(value, type_):
                return Part(lambda values: value, kind, value)
        if not isinstance(value, str):
            raise self._error(node, f"{value!r} is not a text or a number")
        return Part(lambda values: value, Kind.TEXT, value)

    def _name(self, node: ast.Name) -> Part:
        name = node.id
        if name not in NAMES:
            hint = did_you_mean(name, [*NAMES, *FUNCTIONS, "True", "False"])
            raise self._error(node, f"unknown name '{name}'", hint)
        self.names.add(name)
        return Part(lambda values: values[name], NAMES[name].kind, of=NAMES[name].of)

    def _list(self, node: ast.List | ast.Tuple | ast.Set) -> Part:
        items = [self.compile(item) for item in node.elts]
        for item, part in zip(node.elts, items, strict=True):
            if part.constant is None:
                raise self._error(item, "is no constant", "a list holds texts and numbers only")
        constant = tuple(part.constant for part in items)
        return Part(lambda values: constant, Kind.LIST, constant)

    _tuple = _set = _list

    def _boolop(self, node: ast.BoolOp) -> Part:
        codes = [self._truth(value).code for value in node.values]
        if isinstance(node.op, ast.And):
            return Part(lambda values: all(code(values) for code in codes), Kind.TRUTH)
        return Part(lambda values: any(code(values) for code in codes), Kind.TRUTH)

    def _unaryop(self, node: ast.UnaryOp) -> Part:
        if isinstance(node.op, ast.Not):
            code = self._truth(node.operand).code
            return Part(lambda values: not code(values), Kind.TRUTH)
        if not isinstance(node.op, ast.USub):
            raise self._error(node, "this sign is not part of the language")
        part = self._number(node.operand)
        constant = None if part.constant is None else -part.constant
        return Part(_tolerant(lambda values: -part.code(values)), Kind.NUMBER, constant)

    def _binop(self, node: ast.BinOp) -> Part:
        operation = ARITHMETIC.get(type(node.op))
        if operation is None:
            raise self._error(node, "only + - * / are part of the language")
        left, right = self._number(node.left).code, self._number(node.right).code
        return Part(_tolerant(lambda values: operation(left(values), right(values))), Kind.NUMBER)

    def _compare(self, node: ast.Compare) -> Part:
        nodes = [node.left, *node.comparators]
        parts = [self.compile(item) for item in nodes]
        codes = []
        for place, symbol in enumerate(node.ops):
            if type(symbol) not in COMPARE:
                raise self._error(node, "`is` is not part of the language", "write ==")
            self._check_pair(nodes[place + 1], symbol, parts[place], parts[place + 1])
            codes.append(_pair(COMPARE[type(symbol)], parts[place].code, parts[place + 1].code))
        self._note_labels(nodes, parts)
        return Part(lambda values: all(code(values) for code in codes), Kind.TRUTH)

    def _subscript(self, node: ast.Subscript) -> Part:
        table = self.compile(node.value)
        if table.kind is not Kind.TABLE:
            raise self._error(node, f"{table.kind} has no entries")
        key = self.compile(node.slice).constant
        if not isinstance(key, str):
            raise self._error(node.slice, "want the name of an entry in quotes")
        name = node.value.id if isinstance(node.value, ast.Name) else ""
        if name == "scores":
            self.labels.add(key)
        key = key.lower() if name == "headers" else key
        absent = ABSENT.get(table.of)
        return Part(lambda values: table.code(values).get(key, absent), table.of)

    def _call(self, node: ast.Call) -> Part:
        if isinstance(node.func, ast.Attribute):
            return self._attribute(node.func)
        name = node.func.id if isinstance(node.func, ast.Name) else ""
        function = FUNCTIONS.get(name)
        if function is None:
            what = f"unknown function '{name}'" if name else "only functions can be called"
            raise self._error(node, what, did_you_mean(name, FUNCTIONS))
        least = 2 if function.words else 1
        if node.keywords or len(node.args) < least or (not function.words and len(node.args) > 1):
            raise self._error(node, f"'{name}' is used otherwise", function.meaning)
        parts = [self._of_kind(argument, Kind.TEXT) for argument in node.args]
        codes, call = [part.code for part in parts], function.call
        if function.result is Kind.TRUTH:
            return Part(
                _tolerant(lambda values: call(*(c(values) for c in codes)), False), Kind.TRUTH
            )
        return Part(_tolerant(lambda values: call(*(c(values) for c in codes))), function.result)

    def _attribute(self, node: ast.Attribute) -> Part:
        hint = f"there are {', '.join(FUNCTIONS)}"
        if isinstance(node.value, ast.Name) and node.value.id in NAMES:
            hint = f'write {node.value.id}["{node.attr}"]'
            if node.attr in FUNCTIONS or NAMES[node.value.id].kind is not Kind.TABLE:
                function = node.attr if node.attr in FUNCTIONS else "contains"
                hint = f"write {function}({node.value.id})"
        raise self._error(node, "a point is not part of the language", hint)

    def _truth(self, node: ast.expr) -> Part:
        return self._of_kind(node, Kind.TRUTH)

    def _number(self, node: ast.expr) -> Part:
        return self._of_kind(node, Kind.NUMBER)

    def _of_kind(self, node: ast.expr, kind: Kind) -> Part:
        part = self.compile(node)
        if part.kind not in (kind, Kind.ANY):
            raise self._error(node, f"is {part.kind}, want {kind}")
        return part

    def _check_pair(self, node: ast.expr, symbol: ast.cmpop, left: Part, right: Part) -> None:
        if isinstance(symbol, ast.In | ast.NotIn):
            if right.kind in (Kind.NUMBER, Kind.TRUTH):
                raise self._error(node, f"is {right.kind}, want a list or a text after `in`")
            if right.kind is Kind.TEXT and left.kind not in (Kind.TEXT, Kind.ANY):
                raise self._error(node, f"{left.kind} cannot be in a text")
            return
        kinds = {left.kind, right.kind} - {Kind.ANY}
        if len(kinds) > 1:
            raise self._error(node, f"{left.kind} is compared with {right.kind}")
        ordered = not isinstance(symbol, ast.Eq | ast.NotEq)
        if ordered and kinds & {Kind.LIST, Kind.TABLE, Kind.TRUTH}:
            raise self._error(node, f"{next(iter(kinds))} is not less or more than another")

    def _note_labels(self, nodes: Sequence[ast.expr], parts: Sequence[Part]) -> None:
        """Keep the texts that the label is compared with, to hold them against the classes."""
        if any(isinstance(node, ast.Name) and node.id in ("label", "labels") for node in nodes):
            for part in parts:
                found = part.constant if isinstance(part.constant, tuple) else (part.constant,)
                self.labels |= {value for value in found if isinstance(value, str)}

    def _error(self, node: ast.AST, what: str, hint: str | None = None) -> ExpressionError:
        # Python counts in bytes of UTF-8.
        before = self._source.encode()[: getattr(node, "col_offset", 0)]
        return ExpressionError(what, len(before.decode()) + 1 + self._indent, hint)


def _pair(operation: Callable[[Any, Any], Any], left: Code, right: Code) -> Code:
    return _tolerant(lambda values: operation(left(values), right(values)), False)


def _tolerant(code: Code, otherwise: Any = None) -> Code:
    """A value that is absent, or of another type than its field has elsewhere, fails no record."""

    def run(values: Values) -> Any:
        try:
            return code(values)
        except (TypeError, AttributeError, ZeroDivisionError, OverflowError):
            return otherwise

    return run


def _called(node: ast.AST) -> str:
    kind = type(node).__name__
    return "a loop" if kind.endswith(("Comp", "GeneratorExp")) else kind
