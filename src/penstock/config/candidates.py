"""`compare:` of `penstock.yaml`: the candidates, each kind a block of its own."""

from __future__ import annotations

from typing import Annotated, Any, Literal, get_args

from pydantic import BeforeValidator, Field

from penstock.config.section import NAME, Section
from penstock.config.train import BASE_MODEL, TrainConfig
from penstock.strict_yaml import NUMBER_AS_TEXT, as_number

__all__ = [
    "CANDIDATES",
    "Candidate",
    "FasttextCandidate",
    "FlairCandidate",
    "SklearnCandidate",
    "TfidfSvmCandidate",
    "TransformerCandidate",
]


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


def _refuse_numbers_as_text(value: object) -> None:
    if isinstance(value, str) and (found := NUMBER_AS_TEXT.fullmatch(value)):
        raise ValueError(f"to YAML, {value} is text: write {as_number(found)}")
    if isinstance(value, dict | list):
        for item in value.values() if isinstance(value, dict) else value:
            _refuse_numbers_as_text(item)


def _step(value: object) -> object:
    if isinstance(value, str):
        return {"estimator": value}
    if isinstance(value, dict) and len(value) == 1:
        ((name, parameters),) = value.items()
        _refuse_numbers_as_text(parameters)
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
