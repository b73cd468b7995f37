"""Reads the files of a project, and tells every problem of a file at once."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from penstock import strict_yaml
from penstock.config.candidates import Candidate
from penstock.config.problems import problem
from penstock.config.project import ProjectConfig
from penstock.config.target import REGION, DeployConfig
from penstock.errors import ConfigError, NotFoundError, Problem, did_you_mean

__all__ = ["load_deploy", "load_file", "load_project"]

Config = TypeVar("Config", bound=BaseModel)


def load_project(folder: Path) -> ProjectConfig:
    """Read `penstock.yaml` of a project folder.

    Raises
    ------
    NotFoundError : the folder is no project.
    ConfigError : with every problem of the file.
    """
    path = folder / "penstock.yaml"
    if not path.is_file():
        raise NotFoundError(
            "this folder is not a Penstock project: it has no penstock.yaml",
            where=str(folder),
            hint="run `penstock init DIR`, or name a project with `penstock -C DIR`",
        )
    config = load_file(path, "penstock.yaml", ProjectConfig)
    _check_names(config.compare)
    return config


def load_deploy(folder: Path, target: str) -> DeployConfig:
    """Read `deploy/<target>.yaml` of a project folder; errors as in `load_project`."""
    known = sorted(path.stem for path in (folder / "deploy").glob("*.yaml"))
    if target not in known:
        raise NotFoundError(
            f"there is no target '{target}'", where="deploy/", hint=did_you_mean(target, known)
        )
    config = load_file(folder / "deploy" / f"{target}.yaml", f"deploy/{target}.yaml", DeployConfig)
    _check_regions(config, f"deploy/{target}.yaml")
    return config


def _check_names(candidates: list[Candidate]) -> None:
    names = [candidate.name for candidate in candidates]
    problems = [
        Problem(
            f"'{name}' is a candidate's name already",
            f"penstock.yaml, compare[{index}].name",
            "give each candidate a name of its own",
        )
        for index, name in enumerate(names)
        if name in names[:index]
    ]
    if problems:
        raise ConfigError(problems=problems)


def _check_regions(config: DeployConfig, where: str) -> None:
    problems = [
        Problem(f"'{region}' is no AWS region", f"{where}, regions[{index}]", "such as us-east-1")
        for index, region in enumerate(config.regions)
        if not re.match(REGION, region)
    ]
    if len(set(config.regions)) != len(config.regions):
        problems.append(Problem("a region is named twice", f"{where}, regions", "name each once"))
    if problems:
        raise ConfigError(problems=problems)


def load_file(path: Path, where: str, model: type[Config]) -> Config:
    """Read a YAML file of the project; ConfigError with every problem of it."""
    raw = _read_yaml(path, where)
    try:
        return model.model_validate(raw)
    except ValidationError as error:
        problems = [problem(detail, where, model) for detail in error.errors()]
        raise ConfigError(problems=problems) from None


def _read_yaml(path: Path, where: str) -> dict[str, Any]:
    raw = strict_yaml.read(path, where)
    if not isinstance(raw, dict):
        raise ConfigError("must be a mapping of keys", where=where)
    return raw
