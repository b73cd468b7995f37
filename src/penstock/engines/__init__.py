"""Inference runtimes. This side imports no torch: it is what the container runs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import msgspec

from penstock.engines.base import Engine
from penstock.errors import ConfigError, NotFoundError, did_you_mean

__all__ = ["Engine", "EngineSpec", "load_engine", "read_spec"]

SPEC = "engine/engine.json"
FORMAT = 1


class EngineSpec(msgspec.Struct, frozen=True):
    """``engine/engine.json``: which runtime reads which graph, and its inputs in order."""

    format: int
    engine: str
    graph: str
    inputs: list[str]
    precision: str = "fp32"
    report: dict[str, object] = msgspec.field(default_factory=dict)


def load_engine(directory: Path, threads: int | None = None) -> Engine:
    """Load the engine of a model directory.

    Parameters
    ----------
    directory : the model directory, above ``engine/``.
    threads : cores the engine may use; default: those this process really has.

    Raises
    ------
    NotFoundError : no ``engine/engine.json``.
    ConfigError : it is malformed, or names an engine that is not known.
    """
    spec = read_spec(directory)
    if spec.engine not in ENGINES:
        hint = did_you_mean(spec.engine, ENGINES)
        raise ConfigError(f"unknown engine '{spec.engine}'", where=f"{SPEC}, engine", hint=hint)
    return ENGINES[spec.engine](directory / "engine", spec, threads)


def read_spec(directory: Path) -> EngineSpec:
    """Read ``engine/engine.json``; raises as `load_engine` does."""
    try:
        spec = msgspec.json.decode((directory / SPEC).read_bytes(), type=EngineSpec)
    except OSError:
        raise NotFoundError(f"no {SPEC}", where=str(directory)) from None
    except msgspec.MsgspecError as error:
        raise ConfigError(str(error), where=SPEC) from None
    if spec.format != FORMAT:
        raise ConfigError(f"format {spec.format} is unknown", where=SPEC, hint="upgrade penstock")
    if Path(spec.graph).name != spec.graph:
        raise ConfigError(f"graph {spec.graph!r} is not a file name", where=f"{SPEC}, graph")
    return spec


def _openvino(directory: Path, spec: EngineSpec, threads: int | None) -> Engine:
    from penstock.engines.openvino import OpenVINOEngine

    return OpenVINOEngine(directory / spec.graph, spec.inputs, threads=threads)


ENGINES: dict[str, Callable[[Path, EngineSpec, int | None], Engine]] = {"openvino": _openvino}
