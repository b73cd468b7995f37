"""Checkpoints: a training run on disk, so that a killed fit goes on where it was.

A checkpoint is a folder with two files. ``<sha256>.safetensors`` has the weights, the
optimisers' state and the random state; ``checkpoint.json`` names it, says which fit it is of and
is replaced last, so that a process killed at any instant leaves the old checkpoint or the new
one. Nothing in it is a pickle.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file

from penstock.artifacts.atomic import sync_folder, synced, write_whole
from penstock.artifacts.manifest import sha256_file
from penstock.errors import InputError, IntegrityError, MachineError

__all__ = ["Checkpoint", "State", "opened", "waiting"]

FORMAT = 1
"""Version of ``checkpoint.json``."""

LEAST_SECONDS = 5.0
"""Work that is worth a checkpoint; a shorter run is as soon done again."""

SHARE = 0.05
"""Share of the time that checkpoints may take; a large model's are further apart."""

_FILE = "checkpoint.json"


@dataclass(slots=True)
class State:
    """Where a run is: tensors, and the numbers beside them, which JSON holds exactly."""

    tensors: dict[str, torch.Tensor]
    numbers: dict[str, Any] = field(default_factory=dict)
    finished: bool = False


class Checkpoint:
    """The checkpoint of one fit in ``folder``, which the caller has locked with `opened`.

    Parameters
    ----------
    folder : there already.
    fit : what the fit is of, digests and parameters by name; another fit's checkpoint is refused.
    """

    def __init__(self, folder: Path, fit: Mapping[str, Any]) -> None:
        self.folder, self.fit = folder, json.loads(json.dumps(dict(fit)))
        self._written = time.monotonic()
        self._cost = 0.0

    def due(self) -> bool:
        """Whether as much work is done since the last one as a checkpoint is worth."""
        return time.monotonic() - self._written >= max(LEAST_SECONDS, self._cost / SHARE)

    def read(self) -> State | None:
        """Return the state to go on from; None where there is none, or of another, finished fit.

        Raises
        ------
        InputError
            An unfinished fit on other data or with other parameters is there.
        IntegrityError
            The files are not what their digest says, or of a newer Penstock.
        """
        record = _record(self.folder)
        if record is None:
            return None
        differs = [key for key, value in self.fit.items() if record["fit"].get(key) != value]
        if differs and record["finished"]:
            return None
        if differs:
            raise _another(self.folder, differs, record["fit"], self.fit)
        path = self.folder / f"{record['sha256']}.safetensors"
        if not path.is_file() or sha256_file(path) != record["sha256"]:
            raise _damaged(self.folder, f"{path.name} is missing or changed")
        # Cloned, so that the arithmetic sees memory aligned as in a run without a stop.
        tensors = {name: value.clone() for name, value in load_file(path).items()}
        return State(tensors, record["numbers"], record["finished"])

    def write(self, state: State) -> None:
        """Replace the checkpoint; OSError where the disk is full."""
        began = time.monotonic()
        new = self.folder / ".new.safetensors"
        save_file({name: _alone(value) for name, value in state.tensors.items()}, new)
        with new.open("r+b") as file:
            synced(file, 0o644)
        digest = sha256_file(new)
        new.replace(self.folder / f"{digest}.safetensors")
        record = {
            "format": FORMAT,
            "fit": self.fit,
            "finished": state.finished,
            "numbers": state.numbers,
            "sha256": digest,
        }
        record["digest"] = _digest(record)
        sync_folder(self.folder)
        write_whole(self.folder / _FILE, json.dumps(record, indent=1).encode())
        self._remove_all_but(digest)
        self._written = time.monotonic()
        self._cost = self._written - began

    def _remove_all_but(self, digest: str) -> None:
        for path in self.folder.glob("*.safetensors"):
            if path.stem != digest:
                path.unlink()


@contextmanager
def opened(folder: Path, fit: Mapping[str, Any]) -> Iterator[Checkpoint]:
    """Make and lock ``folder``, so that no two fits write into it.

    Raises
    ------
    MachineError
        Another fit uses it now, or it cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = os.open(folder / ".lock", os.O_RDWR | os.O_CREAT, 0o644)
    except OSError as error:
        raise MachineError(
            f"{folder} cannot be written: {error.strerror}", where="checkpoint"
        ) from error
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield Checkpoint(folder, fit)
    except BlockingIOError as error:
        raise MachineError(
            f"another fit uses {folder} now",
            where="checkpoint",
            hint="give each fit a folder of its own",
        ) from error
    finally:
        os.close(lock)


def waiting(folder: Path) -> str | None:
    """Say where the unfinished fit in ``folder`` is, such as ``epoch 2 of 5``; None without one."""
    record = _record(folder)
    if record is None or record["finished"]:
        return None
    return f"epoch {record['numbers']['epoch']} of {record['fit']['epochs']}"


def _record(folder: Path) -> dict[str, Any] | None:
    try:
        record: dict[str, Any] = json.loads((folder / _FILE).read_bytes())
        digest = record.pop("digest")
        if record["format"] != FORMAT:
            raise _damaged(folder, f"format {record['format']} is unknown")
    except FileNotFoundError:
        return None
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise _damaged(folder, f"{_FILE} is malformed") from error
    if digest != _digest(record):
        raise _damaged(folder, f"{_FILE} was changed")
    return record


def _digest(record: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(record, sort_keys=True).encode()).hexdigest()


def _alone(tensor: torch.Tensor) -> torch.Tensor:
    """Copy to the CPU, since safetensors takes no two tensors that share memory."""
    return tensor.detach().cpu().contiguous().clone()


def _damaged(folder: Path, what: str) -> IntegrityError:
    return IntegrityError(what, where=str(folder), hint="remove the folder to start over")


def _another(
    folder: Path, differs: list[str], there: Mapping[str, Any], now: Mapping[str, Any]
) -> InputError:
    def change(key: str) -> str:
        old, new = there.get(key), now[key]
        return key if isinstance(new, str) and len(new) == 64 else f"{key} (was {old}, is {new})"

    return InputError(
        f"{folder} has an unfinished fit that differs in {', '.join(map(change, differs))}",
        where="checkpoint",
        hint="give what it was given to go on with it, or remove the folder to start over",
    )
