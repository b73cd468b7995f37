import sys
from pathlib import Path

import pytest
import torch

sys.path.insert(0, str(Path(__file__).parents[1] / "modeling"))

from tiny_models import make_base_model, toy_set

from penstock.modeling import TransformerClassifier

torch.set_num_threads(1)  # several threads cost more than they give at this size


@pytest.fixture(scope="session")
def tiny(tmp_path_factory):
    return make_base_model(tmp_path_factory.mktemp("tiny"))


@pytest.fixture
def make(tiny):
    def build(**parameters):
        options = {"epochs": 8, "learning_rate": 5e-3, "batch_size": 8, "max_length": 16}
        return TransformerClassifier(str(tiny), **{**options, "device": "cpu", **parameters})

    return build


@pytest.fixture(scope="session")
def toy():
    return toy_set()


@pytest.fixture(scope="session")
def fitted(tiny, toy):
    classifier = TransformerClassifier(
        str(tiny), epochs=10, learning_rate=5e-3, batch_size=8, max_length=16, device="cpu"
    )
    return classifier.fit(*toy)
