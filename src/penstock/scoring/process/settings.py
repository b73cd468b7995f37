"""What the container's environment sets."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from penstock.errors import ConfigError, Problem, did_you_mean

__all__ = ["Settings"]


@dataclass(frozen=True, slots=True)
class Settings:
    """Where to listen, what to serve and within which bounds.

    Attributes
    ----------
    model_dir : the model to serve.
    host, port : where to listen.
    threads : cores for the engine; None, those this process really has.
    streams : calls of the engine at once; None, as many as serve many callers best.
    log_level : DEBUG, INFO, WARNING or ERROR.
    access_log : whether each request has a line in the log.
    deadline : seconds that a request may take. SageMaker gives up after 60 s, so an answer
        must have left before that.
    max_requests : requests that are worked on or wait; further ones are told to come back.
    capture_dir : where requests and answers are kept; None, nowhere.
    capture_percent : of the requests that are kept; SageMaker's own default.
    """

    model_dir: Path = Path("/opt/ml/model")
    host: str = "0.0.0.0"  # noqa: S104 - a container's port is reached from outside it
    port: int = 8080
    threads: int | None = None
    streams: int | None = None
    log_level: str = "INFO"
    access_log: bool = True
    deadline: float = 58.0
    max_requests: int = 1024
    capture_dir: Path | None = None
    capture_percent: float = 20.0

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> Self:
        """Read the variables of `VARIABLES`; what is absent or empty has its default.

        Raises
        ------
        ConfigError : every value that is wrong.
        """
        found: dict[str, Any] = {}
        problems = []
        for variable, (field, read) in VARIABLES.items():
            if not (text := environment.get(variable)):
                continue
            try:
                found[field] = read(text)
            except ValueError as error:
                problems.append(Problem(f"{text!r} {error}", variable))
        if problems:
            raise ConfigError(problems=problems)
        return cls(**found)


class _Number:
    """Reads a number within bounds, whole if the bounds are."""

    def __init__(self, low: float, high: float) -> None:
        self._low, self._high = low, high
        self._kind = type(low)

    def __call__(self, text: str) -> float:
        wrong = f"is not a number from {self._low} to {self._high}"
        try:
            value = self._kind(text)
        except ValueError:
            raise ValueError(wrong) from None
        if not self._low <= value <= self._high:
            raise ValueError(wrong)
        return value


class _Choice:
    """Reads one of some words."""

    def __init__(self, words: Mapping[str, object]) -> None:
        self._words = words

    def __call__(self, text: str) -> object:
        if text.lower() not in self._words:
            hint = did_you_mean(text.lower(), self._words)
            raise ValueError(f"is not one of {', '.join(self._words)}; {hint}")
        return self._words[text.lower()]


LEVELS = {name.lower(): name for name in ("DEBUG", "INFO", "WARNING", "ERROR")}
SWITCH = {"on": True, "off": False}
VARIABLES: dict[str, tuple[str, Callable[[str], Any]]] = {
    "PENSTOCK_MODEL_DIR": ("model_dir", Path),
    "PENSTOCK_HOST": ("host", str),
    "SAGEMAKER_BIND_TO_PORT": ("port", _Number(1, 65_535)),
    "PENSTOCK_THREADS": ("threads", _Number(1, 1024)),
    "PENSTOCK_STREAMS": ("streams", _Number(1, 1024)),
    "PENSTOCK_LOG_LEVEL": ("log_level", _Choice(LEVELS)),
    "PENSTOCK_ACCESS_LOG": ("access_log", _Choice(SWITCH)),
    "PENSTOCK_DEADLINE_SECONDS": ("deadline", _Number(0.1, 3600.0)),
    "PENSTOCK_MAX_REQUESTS": ("max_requests", _Number(1, 100_000)),
    "PENSTOCK_CAPTURE_DIR": ("capture_dir", Path),
    "PENSTOCK_CAPTURE_PERCENT": ("capture_percent", _Number(0.0, 100.0)),
}
"""Every variable, the attribute it sets and what reads it. `docs/serving.md` tells of each."""
