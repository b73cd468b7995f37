"""Silence: keep libraries from talking to the user."""

from __future__ import annotations

import contextlib
import importlib
import logging
import os
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

__all__ = ["quiet_loading", "silence"]

_NOISY = (
    "nncf",
    "onnx_ir",
    "onnxscript",
    "openvino",
    "root",
    "torch",
    "torch.onnx",
    "transformers",
)


@contextlib.contextmanager
def silence() -> Iterator[None]:
    """Hide warnings, progress bars, prints and log lines below an error while inside."""
    with (
        _only_errors(),
        warnings.catch_warnings(),
        Path(os.devnull).open("w") as nowhere,
        contextlib.redirect_stdout(nowhere),
        contextlib.redirect_stderr(nowhere),
    ):
        warnings.simplefilter("ignore")
        yield


@contextlib.contextmanager
def quiet_loading() -> Iterator[None]:
    """Hide the progress bars of transformers while inside; what others print stays."""
    noise: Any = importlib.import_module("transformers.utils.logging")
    shown = noise.is_progress_bar_enabled()
    noise.disable_progress_bar()
    try:
        with _only_errors():
            yield
    finally:
        if shown:
            noise.enable_progress_bar()


@contextlib.contextmanager
def _only_errors() -> Iterator[None]:
    loggers = [logging.getLogger(name) for name in _NOISY]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)
