"""OpenVINO on the CPU."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import openvino

from penstock.engines.base import Float32, Int64
from penstock.errors import ConfigError, IntegrityError

__all__ = ["OpenVINOEngine", "usable_cores"]


class OpenVINOEngine:
    """A graph compiled for the CPU, with dynamic shapes.

    Parameters
    ----------
    graph : ``model.xml``, with ``model.bin`` beside it.
    inputs : names of the graph's inputs; ``token_type_ids`` is fed zeros.
    threads : cores to use; default: `usable_cores`.

    Raises
    ------
    ConfigError : an input is neither the graph's nor one that can be fed.
    IntegrityError : OpenVINO cannot read the graph.
    """

    def __init__(self, graph: Path, inputs: Sequence[str], *, threads: int | None = None) -> None:
        self.threads = threads or usable_cores()
        self._inputs = tuple(inputs)
        self._compiled = _compile(graph, self.threads)
        _check_inputs(self._inputs, self._compiled)
        # A request is not safe to share, so each call takes a free one and gives it back;
        # append and pop of a deque are atomic, there is no lock to wait for.
        self._free: deque[Any] = deque()

    def __call__(self, input_ids: Int64, attention_mask: Int64) -> Float32:
        """Return logits of shape (n, n_classes) for arrays of shape (n, t)."""
        try:
            request = self._free.pop()
        except IndexError:
            request = self._compiled.create_infer_request()
        feed = _feed(self._inputs, input_ids, attention_mask)
        logits = np.array(request.infer(feed, share_inputs=True)[0], dtype=np.float32)
        self._free.append(request)
        return logits


def usable_cores() -> int:
    """Return the cores this process may use: affinity, cut by the cgroup's CPU quota."""
    affinity = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    quota = _quota()
    cores = affinity or 1
    return max(1, min(cores, int(quota))) if quota else cores


def _quota() -> float | None:
    """Return the cores a cgroup grants (version 2, then 1), or None where there is no limit."""
    root = Path("/sys/fs/cgroup")
    try:
        quota, period = (root / "cpu.max").read_text().split()
    except (OSError, ValueError):
        try:
            quota = (root / "cpu/cpu.cfs_quota_us").read_text()
            period = (root / "cpu/cpu.cfs_period_us").read_text()
        except OSError:
            return None
    try:
        cores = int(quota) / int(period)
    except (ValueError, ZeroDivisionError):
        return None
    return cores if cores > 0 else None


def _compile(graph: Path, threads: int) -> Any:
    settings = {
        # One stream over all cores answers a lone request fastest and, with the batcher's
        # batches, keeps the cores busy under load too.
        "PERFORMANCE_HINT": "LATENCY",
        "INFERENCE_NUM_THREADS": threads,
        # bfloat16 has been half the speed of float32 on the CPUs measured.
        "INFERENCE_PRECISION_HINT": "f32",
    }
    try:
        return openvino.Core().compile_model(str(graph), "CPU", settings)
    except RuntimeError as error:
        what = f"OpenVINO cannot read the graph: {str(error).strip().splitlines()[-1]}"
        raise IntegrityError(what, where=str(graph)) from None


def _check_inputs(names: Sequence[str], compiled: Any) -> None:
    graph = {name for port in compiled.inputs for name in port.get_names()}
    known = {"input_ids", "attention_mask", "token_type_ids"}
    if wrong := sorted(set(names) - (graph & known)):
        hint = f"the graph takes {', '.join(sorted(graph))}"
        raise ConfigError(f"inputs {wrong} cannot be fed", where="engine/engine.json", hint=hint)
    if len(names) != len(compiled.inputs):
        what = f"the graph takes {len(compiled.inputs)} inputs, {len(names)} are named"
        raise ConfigError(what, where="engine/engine.json, inputs")


def _feed(names: Sequence[str], input_ids: Int64, attention_mask: Int64) -> dict[str, Int64]:
    given = {"input_ids": input_ids, "attention_mask": attention_mask}
    return {name: given[name] if name in given else np.zeros_like(input_ids) for name in names}
