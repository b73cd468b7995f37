"""Every error Penstock raises on purpose.

    PenstockError                 exit code 1: the work could not be done
    ├── InputError                exit code 2: something the caller gave is wrong
    │   ├── ConfigError           a YAML file of the project
    │   ├── DataError             labelled text or a request
    │   ├── ReferenceFormatError  not ``kind:name@version``
    │   ├── NotFoundError         an artifact, model, endpoint or file that is not there
    │   └── MachineError          the machine: a port in use, a folder not writable
    ├── IntegrityError            exit code 3: bytes are not what their digest says
    ├── StageError                exit code 4: a stage ran and its result is not good enough
    └── DeploymentError           exit code 5: an endpoint did not reach the planned state

An error says where, what, the bad value and what to do. Several problems found
in one look travel in one error, so that a user mends them in one go.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import ClassVar

__all__ = [
    "ConfigError",
    "DataError",
    "DeploymentError",
    "InputError",
    "IntegrityError",
    "MachineError",
    "NotFoundError",
    "PenstockError",
    "Problem",
    "ReferenceFormatError",
    "StageError",
    "did_you_mean",
]


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong: ``where: what; hint``."""

    what: str
    where: str | None = None
    hint: str | None = None

    def __str__(self) -> str:
        head = f"{self.where}: {self.what}" if self.where else self.what
        return f"{head}; {self.hint}" if self.hint else head


class PenstockError(Exception):
    """Base of the tree.

    Parameters
    ----------
    what : what went wrong, with the bad value in it.
    where : file and key, command option, or request field.
    hint : what to do about it.
    problems : several problems at once, instead of the three above.
    """

    exit_code: ClassVar[int] = 1
    code: ClassVar[str] = "failed"

    def __init__(
        self,
        what: str = "",
        *,
        where: str | None = None,
        hint: str | None = None,
        problems: Sequence[Problem] = (),
    ) -> None:
        self.problems = tuple(problems) or (Problem(what, where, hint),)
        super().__init__("\n".join(str(problem) for problem in self.problems))


class InputError(PenstockError, ValueError):
    """Something the caller gave is wrong; a ValueError too, which scikit-learn expects."""

    exit_code = 2
    code = "invalid_input"


class ConfigError(InputError):
    """A YAML file of the project is wrong."""

    code = "invalid_config"


class DataError(InputError):
    """Labelled text, or a request's body, is wrong."""

    code = "invalid_data"


class ReferenceFormatError(InputError):
    """A text is not a reference such as ``dataset:replies@3``."""

    code = "invalid_reference"


class NotFoundError(InputError):
    """An artifact, model, endpoint or file is not there."""

    code = "not_found"


class MachineError(InputError):
    """The machine is in the way: a port in use, a folder that is not writable."""

    code = "environment"


class IntegrityError(PenstockError):
    """Bytes are not what their digest says."""

    exit_code = 3
    code = "integrity"


class StageError(PenstockError):
    """A stage ran, and its result is not good enough to go on."""

    exit_code = 4
    code = "stage_failed"


class DeploymentError(PenstockError):
    """An endpoint did not reach the planned state."""

    exit_code = 5
    code = "deployment_failed"


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Return a hint such as ``did you mean 'threshold'?``, or the names there are.

    >>> did_you_mean("treshold", ["threshold", "top_k"])
    "did you mean 'threshold'?"
    """
    names = sorted(known)
    close = difflib.get_close_matches(name, names, n=1, cutoff=0.6)
    if close:
        return f"did you mean '{close[0]}'?"
    return f"known: {', '.join(names)}" if names else "there are none"
