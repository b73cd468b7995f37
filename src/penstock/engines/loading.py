"""Loading an engine by its name; its library is imported only then."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from penstock.engines.base import Engine
from penstock.engines.inputs import packs
from penstock.engines.spec import SPEC, TORCH, read_spec
from penstock.errors import NotFoundError

__all__ = [
    "engine_files",
    "engine_name",
    "engine_needs",
    "load_engine",
    "open_graph",
    "served_streams",
]

EXTRAS = {"onnxruntime": "onnx", "torch": "torch", "transformers": "torch"}


def engine_name(directory: Path, name: str | None = None, where: str = SPEC) -> str:
    """Return the engine that serves a model directory.

    Parameters
    ----------
    directory : the model directory, above ``engine/``.
    name : the engine asked for; default, the model's own.
    where : who asked for it, such as ``pipeline.yaml, engine``.

    Raises
    ------
    NotFoundError : no ``engine/engine.json``, and it is not torch that is asked for.
    ConfigError : ``engine.json`` is wrong, or the model has no such engine.
    """
    return name if name == TORCH else read_spec(directory).choose(name, where)


def engine_needs(name: str) -> list[str]:
    """Return the distributions that an engine needs beside the serving runtime's own."""
    return ["onnxruntime"] if name.startswith("onnxruntime") else []


def engine_files(directory: Path, name: str | None = None) -> list[str]:
    """Return the paths that loading an engine reads, as `verify` takes them."""
    if name == TORCH:
        return ["classifier/"]
    spec = read_spec(directory)
    return [SPEC, spec.files(spec.choose(name))]


def load_engine(
    directory: Path, threads: int | None = None, name: str | None = None, streams: int = 1
) -> Engine:
    """Load an engine of a model directory.

    Parameters
    ----------
    directory : the model directory, above ``engine/``.
    threads : cores the engine may use; default: those this process really has.
    name : such as ``openvino-fp32``; default, the one that ``engine.json`` names.
    streams : calls that are to run at once; an engine other than OpenVINO has one.

    Raises
    ------
    NotFoundError : as `engine_name`, or the engine's library is not installed.
    ConfigError : as `engine_name`.
    IntegrityError : the engine cannot read its graph.
    """
    chosen = engine_name(directory, name)
    try:
        if chosen == TORCH:
            return _torch(directory / "classifier", threads)
        graph = read_spec(directory).engines[chosen]
        path = directory / "engine" / graph.path
        return open_graph(chosen, path, graph.inputs, threads, streams)
    except ModuleNotFoundError as error:
        extra = EXTRAS.get(str(error.name))
        if extra is None:
            raise
        hint = f"pip install 'penstock[{extra}]'"
        what = f"the engine '{chosen}' needs {error.name}, which is not installed"
        raise NotFoundError(what, where=str(directory), hint=hint) from None


def served_streams(directory: Path, cores: int, name: str | None = None) -> int:
    """Return the streams that serve many callers best, as `load_engine` takes them.

    One for two cores where short texts share a row, else one for each core. Measured with
    MiniLM-L6 int8 on two cores: of the first kind one stream scored 1650 texts/s under 16
    connections and 540 under one, two streams 1390 and 340.
    """
    chosen = engine_name(directory, name)
    shared = chosen != TORCH and packs(read_spec(directory).engines[chosen].inputs)
    return max(1, cores // 2) if shared else cores


def open_graph(
    name: str, path: Path, inputs: Sequence[str], threads: int | None = None, streams: int = 1
) -> Engine:
    """Load the graph at `path` with the library of the engine `name`; never torch."""
    if name.startswith("openvino"):
        from penstock.engines.openvino import OpenVINOEngine

        return OpenVINOEngine(path, inputs, threads=threads, streams=streams)
    from penstock.engines.onnxruntime import ONNXRuntimeEngine

    return ONNXRuntimeEngine(path, inputs, threads=threads)


def _torch(folder: Path, threads: int | None) -> Engine:
    from penstock.engines.torch import TorchEngine

    return TorchEngine(folder, threads=threads)
