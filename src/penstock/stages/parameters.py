"""Training parameters from the command line over those of `penstock.yaml`."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import ValidationError

from penstock.config import TrainConfig
from penstock.errors import InputError, Problem

__all__ = ["override"]

WHOLE = ("epochs", "batch_size", "max_length", "seed")


def override(base: TrainConfig, given: Mapping[str, object]) -> TrainConfig:
    """Return `base` with the values that are not None; InputError names the options at fault.

    MLproject knows no integer, so `mlflow run` sends ``4.0`` for ``4``.
    """
    chosen = {key: _whole(key, value) for key, value in given.items() if value is not None}
    try:
        return TrainConfig.model_validate(base.model_dump() | chosen)
    except ValidationError as error:
        problems = [
            Problem(
                f"{detail['input']!r}: {detail['msg'][:1].lower()}{detail['msg'][1:]}",
                f"--{str(detail['loc'][0]).replace('_', '-')}",
            )
            for detail in error.errors()
        ]
        raise InputError(problems=problems) from None


def _whole(key: str, value: object) -> object:
    if key in WHOLE and isinstance(value, float) and value.is_integer():
        return int(value)
    return value
