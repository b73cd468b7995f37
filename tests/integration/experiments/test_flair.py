"""Flair itself, in an environment of its own: a candidate as `penstock.yaml` names it."""

from pathlib import Path

import pytest

from penstock.config import FlairCandidate, TrainConfig
from penstock.errors import StageError
from penstock.experiments.candidates import prepare
from penstock.experiments.environments import build
from penstock.experiments.running import Split, run

WORDS = {"invoice": ["pay the bill", "bill again", "charged twice"], "parcel": ["late box", "lost"]}
TEXTS = [(f"{text} please {at}", label) for label in WORDS for text in WORDS[label] for at in "abc"]
SPLIT = Split(
    [text for text, _ in TEXTS],
    [label for _, label in TEXTS],
    ["pay the bill now", "my box is late and lost", ""],
    ["invoice", "parcel", "invoice"],
)


@pytest.fixture(scope="module")
def environments(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("flair")
    requirements = FlairCandidate(kind="flair").environment.requirements
    try:
        build(root, requirements, lambda text: None)
    except StageError as error:
        pytest.skip(f"Flair cannot be installed here: {error}")
    return root


@pytest.mark.parametrize("embeddings", ["transformer", "one-hot"])
def test_real_flair_learns(embeddings: str, environments: Path) -> None:
    candidate = FlairCandidate(
        kind="flair", embeddings=embeddings, epochs=8, batch_size=4, learning_rate=1e-3
    )
    (program,) = prepare([candidate], TrainConfig(), 0, None)
    told: list[str] = []
    outcome = run(program, SPLIT, environments, None, told.append)
    assert told == ["loading", "training", "predicting"]
    assert outcome.labels == SPLIT.labels, "a text without a word gets the commonest label"
    assert outcome.size > 1000 and outcome.texts_per_second > 0
    assert outcome.libraries["flair"] == "0.15.1"
