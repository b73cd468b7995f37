"""What runs a model: the scoring container's program, in an environment of its own."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from pathlib import Path
from typing import Protocol, cast

from penstock.errors import InputError

__all__ = ["EnvironmentBuilder", "Runtime", "WheelRuntime", "load", "wheel_runtime"]

BUILDER = "penstock.packaging.environment:build"

EnvironmentBuilder = Callable[[Path, Path, Path], Path]
"""Takes a lock, a folder of wheels and a cache; returns an environment's Python."""


class Runtime(Protocol):
    """Prepares what a model needs and says how to start its container."""

    def prepare(self, model_dir: Path) -> list[str]:
        """Return the command that serves a model directory.

        Raises
        ------
        PenstockError : the model cannot run here; the endpoint fails with this message.
        """


class WheelRuntime:
    """Runs ``python -m penstock.scoring`` from the wheels that the archive carries.

    Parameters
    ----------
    cache : where environments are kept.
    builder : makes an environment from a lock and its wheels, without a network.
    """

    def __init__(self, cache: Path, builder: EnvironmentBuilder) -> None:
        self._cache = cache
        self._builder = builder

    def prepare(self, model_dir: Path) -> list[str]:
        """Return the command that serves a packaged model."""
        lock, wheels = model_dir / "requirements.lock", model_dir / "wheels"
        absent = [path.name for path in (lock, wheels) if not path.exists()]
        if absent:
            raise InputError(
                f"the model archive holds no {' and no '.join(absent)}",
                where="model.tar.gz",
                hint="deploy a packaged model: `penstock package` adds the wheels and their lock",
            )
        python = self._builder(lock, wheels, self._cache)
        return [str(python), "-m", "penstock.scoring"]


def wheel_runtime(cache: Path) -> Runtime:
    """Return the runtime that serves Penstock's packaged models."""
    return WheelRuntime(cache, cast(EnvironmentBuilder, load(BUILDER)))


def load(reference: str) -> Callable[..., object]:
    """Return what ``module:name`` names.

    The host is a process of its own, so the parts it shall use reach it by name.
    """
    module, _, name = reference.partition(":")
    try:
        return cast(Callable[..., object], getattr(importlib.import_module(module), name))
    except (ImportError, AttributeError, ValueError) as error:
        raise InputError(
            f"cannot load '{reference}': {error}", where="--runtime", hint="give module:function"
        ) from error
