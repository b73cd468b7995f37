"""``engine/engine.json``: the engines that lie in a model, and which of them serves."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path, PurePosixPath

import msgspec

from penstock.errors import ConfigError, NotFoundError, did_you_mean

__all__ = ["FORMAT", "NAMES", "SPEC", "TORCH", "EngineSpec", "Graph", "read_spec", "write_spec"]

SPEC = "engine/engine.json"
FORMAT = 2
"""Version of ``engine.json``; a reader for each older one stays here."""

TORCH = "torch"
NAMES = (
    "openvino-int8",
    "openvino-int8-weights",
    "openvino-fp32",
    "onnxruntime-int8",
    "onnxruntime-fp32",
    TORCH,
)
"""Every engine. ``openvino-int8`` is static, ``onnxruntime-int8`` dynamic; torch needs no
graph, it reads ``classifier/``."""


class Graph(msgspec.Struct, frozen=True):
    """One engine's graph.

    Attributes
    ----------
    path : of its file, relative to ``engine/``.
    inputs : the graph's inputs, in order.
    """

    path: str
    inputs: list[str]


class EngineSpec(msgspec.Struct, frozen=True):
    """What ``engine.json`` says.

    Attributes
    ----------
    default : the engine that serves unless the deployment names another.
    engines : name to graph; torch is never among them.
    report : what the choice rests on.
    """

    default: str
    engines: dict[str, Graph]
    report: dict[str, object] = msgspec.field(default_factory=dict)
    format: int = FORMAT

    def choose(self, name: str | None, where: str = SPEC) -> str:
        """Return `name`, or the default for None.

        Raises
        ------
        ConfigError : the model has no such engine; `where` says who asked for it.
        """
        chosen = name or self.default
        if chosen == TORCH or chosen in self.engines:
            return chosen
        raise self._missing(chosen, where)

    def files(self, name: str) -> str:
        """Return what the engine loads, for `verify`: a folder of the model or one above."""
        if name == TORCH:
            return "classifier/"
        folder = PurePosixPath("engine", self.engines[name].path).parent
        return f"{folder}/"

    def _missing(self, name: str, where: str) -> ConfigError:
        if name not in NAMES:
            return ConfigError(f"unknown engine '{name}'", where=where, hint=_near(name))
        there = ", ".join([*sorted(self.engines), TORCH])
        hint = f"choose one of these, or add '{name}' to engines of penstock.yaml and train again"
        return ConfigError(
            f"the model has no engine '{name}', only {there}", where=where, hint=hint
        )


def read_spec(directory: Path) -> EngineSpec:
    """Read ``engine/engine.json`` of a model directory.

    Raises
    ------
    NotFoundError : there is none.
    ConfigError : it is malformed, of an unknown format, or names an engine not known.
    """
    try:
        content = (directory / SPEC).read_bytes()
    except OSError:
        hint = f"torch can serve it: choose the engine '{TORCH}'"
        raise NotFoundError(f"no {SPEC}", where=str(directory), hint=hint) from None
    try:
        spec = _decode(content)
    except msgspec.MsgspecError as error:
        raise ConfigError(str(error), where=SPEC) from None
    _check(spec)
    return spec


def write_spec(folder: Path, spec: EngineSpec) -> None:
    """Write ``engine.json`` into the folder ``engine/``, keys sorted."""
    content = msgspec.json.encode(spec, order="sorted")
    (folder / "engine.json").write_bytes(msgspec.json.format(content, indent=1) + b"\n")


class _Version(msgspec.Struct):
    format: int


class _Format1(msgspec.Struct):
    """One engine, its graph in ``engine/`` itself."""

    engine: str
    graph: str
    inputs: list[str]
    precision: str = "fp32"
    report: dict[str, object] = msgspec.field(default_factory=dict)

    def upgraded(self) -> EngineSpec:
        name = f"{self.engine}-{self.precision}"
        return EngineSpec(name, {name: Graph(self.graph, self.inputs)}, self.report)


def _decode(content: bytes) -> EngineSpec:
    version = msgspec.json.decode(content, type=_Version).format
    if version == 1:
        return msgspec.json.decode(content, type=_Format1).upgraded()
    if version != FORMAT:
        what = f"format {version} is unknown, this Penstock reads 1 and {FORMAT}"
        raise ConfigError(what, where=SPEC, hint="upgrade penstock")
    return msgspec.json.decode(content, type=EngineSpec)


def _check(spec: EngineSpec) -> None:
    for name in _named(spec):
        if name not in NAMES:
            raise ConfigError(f"unknown engine '{name}'", where=SPEC, hint=_near(name))
    for name, graph in spec.engines.items():
        if graph.path not in (Path(graph.path).name, f"{name}/{Path(graph.path).name}"):
            what = f"graph {graph.path!r} is not a file of engine/{name}/"
            raise ConfigError(what, where=SPEC)
    spec.choose(None)


def _named(spec: EngineSpec) -> Iterator[str]:
    yield spec.default
    yield from spec.engines


def _near(name: str) -> str:
    return did_you_mean(name, NAMES)
