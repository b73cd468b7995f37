"""References: ``kind:name@version`` or ``kind:name@alias``."""

from __future__ import annotations

import re
from dataclasses import dataclass

from penstock.errors import ReferenceFormatError, did_you_mean

__all__ = ["KINDS", "LATEST", "Reference", "check_alias"]

KINDS = frozenset({"base-model", "dataset", "model", "report", "vocabulary", "wheels"})
LATEST = "latest"

# Names become path segments and object keys: no separators, no dots alone, no case to fold.
_NAME = re.compile(r"[a-z0-9](?:[a-z0-9._-]{0,126}[a-z0-9])?")
_SHAPE = "write kind:name@version or kind:name@alias, e.g. dataset:replies@3"
_NAME_RULE = "use up to 128 of a-z, 0-9, '-', '_' and '.', with a letter or digit at both ends"


@dataclass(frozen=True, slots=True)
class Reference:
    """Names an artifact by version or by alias.

    Attributes
    ----------
    kind : one of `KINDS`.
    name : lower case letters, digits, ``-``, ``_`` and ``.``.
    version : a number from 1, or None where an alias is given.
    alias : such as ``production``; ``latest``, the default, is the newest version.

    Raises
    ------
    ReferenceFormatError : a part is malformed, the kind is unknown, or both a version and
        an alias are given.

    >>> str(Reference.parse("dataset:replies"))
    'dataset:replies@latest'
    """

    kind: str
    name: str
    version: int | None = None
    alias: str | None = None

    def __post_init__(self) -> None:
        if self.version is None and self.alias is None:
            object.__setattr__(self, "alias", LATEST)
        _check_kind(self.kind)
        _check_name(self.name, "name", f"{self.kind}:{self.name}")
        _check_selector(self.version, self.alias, str(self))

    @classmethod
    def parse(cls, text: str | Reference) -> Reference:
        """Read ``kind:name``, ``kind:name@version`` or ``kind:name@alias``.

        Without ``@...`` the reference is to the latest version.

        Raises
        ------
        ReferenceFormatError : with the text, what is wrong with it and what to write.
        """
        if isinstance(text, Reference):
            return text
        kind, colon, rest = text.partition(":")
        name, at, selector = rest.partition("@")
        if not colon or not kind or not name or (at and not selector):
            raise ReferenceFormatError(f"{text!r} is not a reference", where=text, hint=_SHAPE)
        if selector.isdigit() and selector.isascii():
            return cls(kind, name, version=_number(selector, text))
        return cls(kind, name, alias=selector or LATEST)

    @property
    def selector(self) -> str:
        """What stands after the ``@``."""
        return str(self.version) if self.version is not None else str(self.alias)

    @property
    def base(self) -> str:
        """``kind:name``."""
        return f"{self.kind}:{self.name}"

    def at(self, version: int) -> Reference:
        """Return the same artifact at a version."""
        return Reference(self.kind, self.name, version=version)

    def __str__(self) -> str:
        return f"{self.base}@{self.selector}"


def check_alias(alias: str) -> None:
    """Raise ReferenceFormatError unless `alias` may be set: well formed and not built in."""
    _check_name(alias, "alias", alias)
    if alias.isdigit():
        raise ReferenceFormatError(
            f"alias {alias!r} reads as a version", where=alias, hint="begin it with a letter"
        )
    if alias == LATEST:
        raise ReferenceFormatError(
            f"alias {alias!r} is built in", where=alias, hint="it always is the newest version"
        )


def _number(text: str, whole: str) -> int:
    # One spelling for each version: 03 and 3 would be two references to one artifact.
    if text.startswith("0") or len(text) > 9:
        raise ReferenceFormatError(
            f"version {text!r} is not a number from 1", where=whole, hint=_SHAPE
        )
    return int(text)


def _check_kind(kind: str) -> None:
    if kind not in KINDS:
        raise ReferenceFormatError(
            f"unknown kind {kind!r}", where=kind, hint=did_you_mean(kind, KINDS)
        )


def _check_name(name: str, part: str, where: str) -> None:
    if not _NAME.fullmatch(name) or ".." in name:
        raise ReferenceFormatError(f"{part} {name!r} is not allowed", where=where, hint=_NAME_RULE)


def _check_selector(version: int | None, alias: str | None, where: str) -> None:
    if version is not None and alias is not None:
        raise ReferenceFormatError(
            "has both a version and an alias", where=where, hint="give one of them"
        )
    if version is not None and version < 1:
        raise ReferenceFormatError(
            f"version {version} is not a number from 1", where=where, hint=_SHAPE
        )
    if alias is not None:
        _check_name(alias, "alias", where)
