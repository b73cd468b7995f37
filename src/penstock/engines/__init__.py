"""Inference runtimes. Loading one imports its library and no other: the container's side."""

from __future__ import annotations

from penstock.engines.base import Engine
from penstock.engines.loading import engine_files, engine_name, load_engine
from penstock.engines.spec import NAMES, EngineSpec, read_spec

__all__ = [
    "NAMES",
    "Engine",
    "EngineSpec",
    "engine_files",
    "engine_name",
    "load_engine",
    "read_spec",
]
