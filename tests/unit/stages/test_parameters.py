"""Options of the command line over those of penstock.yaml."""

import pytest

from penstock.config import TrainConfig
from penstock.errors import InputError
from penstock.stages.parameters import override


def test_options_win_and_the_rest_stays() -> None:
    chosen = override(TrainConfig(), {"epochs": 2.0, "seed": None})
    assert chosen == TrainConfig(epochs=2)
    assert isinstance(chosen.epochs, int)


@pytest.mark.parametrize(
    ("given", "option"),
    [
        ({"epochs": 0.0}, "--epochs"),
        ({"epochs": 2.5}, "--epochs"),
        ({"learning_rate": 3.0}, "--learning-rate"),
        ({"max_length": 1.0}, "--max-length"),
        ({"class_weight": "balance"}, "--class-weight"),
    ],
)
def test_a_wrong_option_is_named(given: dict[str, object], option: str) -> None:
    with pytest.raises(InputError) as caught:
        override(TrainConfig(), given)
    assert caught.value.problems[0].where == option


def test_all_wrong_options_are_named_at_once() -> None:
    with pytest.raises(InputError) as caught:
        override(TrainConfig(), {"epochs": 0.0, "batch_size": 0.0})
    assert [p.where for p in caught.value.problems] == ["--epochs", "--batch-size"]
