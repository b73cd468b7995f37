"""The choice of int8: by what fp32 expects it to lose, with the count as a veto."""

import numpy as np
import pytest

from penstock.engines.choice import Evidence, choose, compare


@pytest.mark.parametrize(
    ("texts", "expected_loss", "lost", "won", "int8"),
    [
        (60, 0.0, 0, 0, True),
        (60, 0.002, 1, 0, True),  # one of 60 is 1.7 points and says nothing
        (60, 0.0031, 0, 0, False),
        (29, 0.0, 0, 0, False),
        (1000, 0.001, 12, 6, True),
        (1000, 0.001, 12, 3, False),
        (1000, 0.001, 3, 12, True),
        (60, 0.0, 5, 0, False),
        (60, 0.0, 4, 0, True),
    ],
)
def test_int8_is_chosen_by_expected_loss_unless_the_count_refutes_it(
    texts, expected_loss, lost, won, int8
):
    chosen, reason = choose(Evidence(texts, expected_loss, lost, won))
    assert chosen is int8
    assert str(texts) in reason


def test_an_answer_that_turns_costs_the_difference_of_the_two_probabilities():
    fp32 = np.array([[0.6, 0.3, 0.1], [0.2, 0.7, 0.1]], np.float32)
    int8 = np.array([[0.4, 0.5, 0.1], [0.2, 0.7, 0.1]], np.float32)
    evidence = compare(fp32, int8, np.array([0, 2]))
    assert evidence.expected_loss == pytest.approx(0.15)
    assert (evidence.texts, evidence.lost, evidence.won) == (2, 1, 0)


def test_a_label_that_turns_costs_its_distance_from_a_coin():
    fp32 = np.array([[0.6, 0.1], [0.9, 0.9]], np.float32)
    int8 = np.array([[0.4, 0.1], [0.9, 0.9]], np.float32)
    targets = np.array([[0, 0], [1, 0]])
    evidence = compare(fp32, int8, targets, np.array([0.5, 0.5], np.float32))
    assert evidence.expected_loss == pytest.approx(0.1)
    assert (evidence.lost, evidence.won) == (0, 1)


def test_the_sign_test_is_exact():
    assert Evidence(100, 0.0, 5, 0).p_value == pytest.approx(1 / 32)
    assert Evidence(100, 0.0, 0, 0).p_value == 1.0
