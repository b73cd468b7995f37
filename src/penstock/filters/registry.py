"""Filters by name: the built-in ones and those of installed packages."""

from __future__ import annotations

from functools import lru_cache
from importlib.metadata import EntryPoint, entry_points

from penstock.errors import ConfigError, did_you_mean
from penstock.filters.built_in.add_metadata import AddMetadata
from penstock.filters.built_in.cache import Cache
from penstock.filters.built_in.cut_reply import CutReply
from penstock.filters.built_in.drop_auto_replies import DropAutoReplies
from penstock.filters.built_in.limit_size import LimitSize
from penstock.filters.built_in.map_labels import MapLabels
from penstock.filters.built_in.normalise import Normalise
from penstock.filters.built_in.redact import Redact
from penstock.filters.built_in.require_fields import RequireFields
from penstock.filters.built_in.require_language import RequireLanguage
from penstock.filters.built_in.rules import Rules
from penstock.filters.built_in.suppress_below import SuppressBelow
from penstock.filters.built_in.suppress_out_of_scope import SuppressOutOfScope
from penstock.filters.built_in.top_k import TopK

__all__ = ["ALIASES", "BUILT_IN", "GROUP", "get", "names", "package", "refresh"]

GROUP = "penstock.filters"
BUILT_IN: dict[str, type] = {
    cls.name: cls
    for cls in (
        LimitSize,
        RequireFields,
        DropAutoReplies,
        CutReply,
        Normalise,
        Redact,
        RequireLanguage,
        Cache,
        SuppressBelow,
        SuppressOutOfScope,
        Rules,
        MapLabels,
        TopK,
        AddMetadata,
    )
}
"""In the order in which a pipeline has them."""

ALIASES = {"refuse_oversize": "limit_size"}
"""Names of former versions, which still may be in a `pipeline.yaml`."""


def names() -> list[str]:
    """Return the names of all filters there are: the built-in ones, then the others, sorted."""
    return [*BUILT_IN, *sorted(set(_installed()) - set(BUILT_IN))]


def get(name: str, where: str | None = None) -> type:
    """Return the class of a filter.

    A built-in name cannot be taken over by a package.

    Raises
    ------
    ConfigError : no filter has that name, or its package cannot be imported.
    """
    name = ALIASES.get(name, name)
    if name in BUILT_IN:
        return BUILT_IN[name]
    if name not in _installed():
        raise ConfigError(f"unknown filter '{name}'", where=where, hint=did_you_mean(name, names()))
    return _load(_installed()[name], where)


def package(name: str) -> str:
    """Return the distribution that a filter comes from; "" where that is not known."""
    if ALIASES.get(name, name) in BUILT_IN:
        return "penstock"
    entry = _installed().get(name)
    return entry.dist.name if entry is not None and entry.dist is not None else ""


def refresh() -> None:
    """Look for the filters of installed packages again: the import path has changed."""
    _installed.cache_clear()


@lru_cache(maxsize=1)
def _installed() -> dict[str, EntryPoint]:
    return {entry.name: entry for entry in entry_points(group=GROUP)}


def _load(entry: EntryPoint, where: str | None) -> type:
    try:
        cls = entry.load()
    except Exception as error:  # a foreign package can fail in any way
        what = f"filter '{entry.name}' cannot be imported from {entry.value}: "
        raise ConfigError(what + f"{type(error).__name__}: {error}", where=where) from error
    if not isinstance(cls, type) or not (hasattr(cls, "before") or hasattr(cls, "after")):
        hint = "want a class with `before` or `after`"
        raise ConfigError(f"{entry.value} is not a filter", where=where, hint=hint)
    return cls
