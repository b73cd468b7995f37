"""Fixtures of every room that fits a classifier: a tiny encoder and a toy set.

torch is imported inside the fixtures: rooms without a classifier do not wait for it.
"""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent / "modeling"))

TINY = {
    "epochs": 8,
    "learning_rate": 5e-3,
    "batch_size": 8,
    "max_length": 16,
    "device": "cpu",
    "few_shot": False,
}


@pytest.fixture(scope="session")
def tiny(tmp_path_factory):
    import torch
    from tiny_models import make_base_model

    torch.set_num_threads(1)  # several threads cost more than they give at this size
    return make_base_model(tmp_path_factory.mktemp("tiny"))


@pytest.fixture
def make(tiny):
    from penstock.modeling import TransformerClassifier

    return lambda **parameters: TransformerClassifier(str(tiny), **{**TINY, **parameters})


@pytest.fixture(scope="session")
def toy():
    from tiny_models import toy_set

    return toy_set()


@pytest.fixture(scope="session")
def fitted(tiny, toy):
    from penstock.modeling import TransformerClassifier

    return TransformerClassifier(str(tiny), **{**TINY, "epochs": 10}).fit(*toy)
