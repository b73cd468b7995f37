"""Candidates of `penstock.yaml`, checked and made ready to run."""

from __future__ import annotations

import hashlib
import importlib
import importlib.metadata
import inspect
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from penstock.artifacts.manifest import sha256_file
from penstock.config import (
    Candidate,
    FasttextCandidate,
    FlairCandidate,
    SklearnCandidate,
    TfidfSvmCandidate,
    TrainConfig,
)
from penstock.errors import ConfigError, PenstockError, Problem, did_you_mean
from penstock.experiments import runner
from penstock.experiments.environments import environment_digest, refused
from penstock.modeling.base_models import Consumes, resolve

__all__ = ["Program", "prepare"]

LIBRARIES = ("numpy", "scipy", "scikit-learn", "threadpoolctl")
DEEP_LIBRARIES = ("numpy", "safetensors", "tokenizers", "torch", "transformers")


@dataclass(frozen=True, slots=True)
class Program:
    """A candidate ready to run.

    Attributes
    ----------
    name, kind : as the leaderboard shows it.
    settings : all that decides what it learns, as JSON.
    requirements : of an environment of its own, or None for this process.
    """

    name: str
    kind: str
    settings: dict[str, Any]
    requirements: list[str] | None

    def libraries(self) -> dict[str, str]:
        """Return the versions in this process that decide what it learns."""
        names = DEEP_LIBRARIES if self.kind == "transformer" else LIBRARIES
        modules = [
            step["estimator"].partition(".")[0] for step in self.settings.get("pipeline", [])
        ]
        known = importlib.metadata.packages_distributions() if modules else {}
        own = [name for module in modules for name in known.get(module, [])]
        return {name: importlib.metadata.version(name) for name in sorted({*names, *own})}

    def fingerprint(self, data: dict[str, Any]) -> str:
        """Return the digest of what decides its outcome; `data` names the split and Penstock."""
        where = (
            environment_digest(self.requirements)
            if self.requirements is not None
            else self.libraries()
        )
        key = {"kind": self.kind, "settings": self.settings, "environment": where, **data}
        return hashlib.sha256(json.dumps(key, sort_keys=True).encode()).hexdigest()


def prepare(
    candidates: Sequence[Candidate], train: TrainConfig, seed: int, store: Consumes
) -> list[Program]:
    """Check every candidate and make it ready to run.

    Parameters
    ----------
    candidates : as `penstock.yaml` has them.
    train : fills in what a transformer leaves out.
    seed : of everything random, where the candidate names none.
    store : has the base models that are artifacts.

    Raises
    ------
    ConfigError : with every problem found: a base model, module, estimator or parameter that is
        not there, a requirement that is none.
    """
    problems: list[Problem] = []
    programs: list[Program] = []
    for index, candidate in enumerate(candidates):
        place = f"penstock.yaml, compare[{index}]"
        found = list(_problems(candidate, place))
        if not found:
            try:
                programs.append(_program(candidate, train, seed, store))
            except PenstockError as error:
                found = [Problem(p.what, f"{place}.base_model", p.hint) for p in error.problems]
        problems += found
    if problems:
        raise ConfigError(problems=problems)
    return programs


def _program(candidate: Candidate, train: TrainConfig, seed: int, store: Consumes) -> Program:
    own = candidate.model_dump(by_alias=True, exclude={"kind", "name", "environment"})
    if isinstance(candidate, TfidfSvmCandidate):
        return Program(candidate.name, candidate.kind, {"seed": seed}, None)
    if isinstance(candidate, FasttextCandidate | SklearnCandidate):
        needs = candidate.environment.requirements if candidate.environment else None
        return Program(candidate.name, candidate.kind, {"seed": seed, **own}, needs)
    if isinstance(candidate, FlairCandidate):
        own |= _base(candidate.base_model, store) if candidate.embeddings == "transformer" else {}
        needs = candidate.environment.requirements
        return Program(candidate.name, candidate.kind, {"seed": seed, **own}, needs)
    given = candidate.model_dump(exclude={"kind", "name"}, exclude_unset=True)
    settings = train.model_dump() | given
    settings |= _base(settings["base_model"], store)
    return Program(candidate.name, candidate.kind, settings, None)


def _base(base_model: str, store: Consumes) -> dict[str, str]:
    """Name a base model by its bytes; a hub id stands for itself."""
    folder = resolve(base_model, store)
    if not isinstance(folder, Path):
        return {}
    digest = hashlib.sha256()
    for path in sorted(path for path in folder.iterdir() if path.is_file()):
        digest.update(f"{path.name} {sha256_file(path)}\n".encode())
    return {"base_model_digest": digest.hexdigest()}


def _problems(candidate: Candidate, place: str) -> list[Problem]:
    if isinstance(candidate, TfidfSvmCandidate) or not hasattr(candidate, "environment"):
        return []
    needs = candidate.environment.requirements if candidate.environment else []
    found = [
        Problem(f"'{text}' is no requirement: {why}", f"{place}.environment.requirements[{at}]")
        for at, text in enumerate(needs)
        if (why := refused(text))
    ]
    if isinstance(candidate, SklearnCandidate) and not candidate.environment:
        for at, step in enumerate(candidate.pipeline):
            last = at == len(candidate.pipeline) - 1
            found += _step_problems(
                step.estimator, step.parameters, f"{place}.pipeline[{at}]", last
            )
    return found


def _step_problems(name: str, parameters: dict[str, Any], place: str, last: bool) -> list[Problem]:
    try:
        made = runner.find(name)
    except ModuleNotFoundError as error:
        hint = "check the name, install it, or give the candidate an environment"
        return [Problem(f"'{name}': there is no module '{error.name}'", place, hint)]
    except AttributeError:
        return [_no_such_name(name, place)]
    except Exception as error:
        # A module that fails while it is imported can raise anything.
        return [Problem(f"'{name}' cannot be imported: {error}", place)]
    method = "predict" if last else "transform"
    if not inspect.isclass(made) or not hasattr(made, "fit") or not hasattr(made, method):
        return [Problem(f"'{name}' is no estimator with fit and {method}", place)]
    known = inspect.signature(made).parameters
    if any(p.kind is p.VAR_KEYWORD for p in known.values()):
        return []
    return [
        Problem(f"'{name}' has no parameter '{key}'", place, did_you_mean(str(key), known))
        for key in parameters
        if key not in known
    ]


def _no_such_name(name: str, place: str) -> Problem:
    module, _, attribute = name.rpartition(".")
    public = [key for key in dir(importlib.import_module(module)) if not key.startswith("_")]
    hint = did_you_mean(attribute, public)
    return Problem(
        f"module '{module}' has no '{attribute}'", place, hint if "mean" in hint else None
    )
