"""Silence: keep the noise of libraries out of a user's notebook."""

from __future__ import annotations

import contextlib
import logging
import warnings
from collections.abc import Iterator
from typing import Any

__all__ = ["quiet"]

_NOISY = ("torch", "torch.onnx", "nncf", "openvino", "huggingface_hub")


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Hide warnings, progress bars and log lines below an error while inside."""
    import transformers.utils.logging

    noise: Any = transformers.utils.logging

    verbosity, bars = noise.get_verbosity(), noise.is_progress_bar_enabled()
    levels = {name: logging.getLogger(name).level for name in _NOISY}
    noise.set_verbosity_error()
    noise.disable_progress_bar()
    for name in _NOISY:
        logging.getLogger(name).setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        noise.set_verbosity(verbosity)
        if bars:
            noise.enable_progress_bar()
        for name, level in levels.items():
            logging.getLogger(name).setLevel(level)
