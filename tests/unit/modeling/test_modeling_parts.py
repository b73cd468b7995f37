"""Batches, splits, calibration, evaluation and the baseline, each alone."""

import numpy as np
import pytest

from penstock.modeling import labels
from penstock.modeling.baseline import baseline
from penstock.modeling.batches import bucketed, by_length, collate
from penstock.modeling.calibration import fit_temperature, softmax
from penstock.modeling.weights import class_weights


def test_bucketed_batches_hold_each_sample_once_with_little_padding():
    lengths = np.random.default_rng(0).integers(3, 120, 3000)
    batches = bucketed(lengths, 32, np.random.default_rng(1))
    assert sorted(np.concatenate(batches)) == list(range(3000))
    padded = sum(len(batch) * lengths[batch].max() for batch in batches)
    assert padded < 1.1 * lengths.sum()
    firsts = [lengths[batch].max() for batch in batches]
    assert firsts != sorted(firsts)


def test_bucketed_batches_are_random_and_seeded():
    lengths = np.full(100, 5)
    one, same, other = (bucketed(lengths, 8, np.random.default_rng(seed)) for seed in (1, 1, 2))
    assert all(map(np.array_equal, one, same))
    assert not all(map(np.array_equal, one, other))


def test_by_length_starts_with_the_longest():
    batches = list(by_length(np.array([3, 9, 5]), 2))
    assert [batch.tolist() for batch in batches] == [[1, 2], [0]]


@pytest.mark.parametrize("left", [False, True])
def test_collate_pads(left):
    ids, mask = collate([[1, 2, 3], [4]], pad_id=9, pad_left=left)
    assert ids.tolist() == [[1, 2, 3], [9, 9, 4] if left else [4, 9, 9]]
    assert mask.tolist() == [[1, 1, 1], [0, 0, 1] if left else [1, 0, 0]]


def test_holdout_is_stratified_and_leaves_each_class_something():
    targets = np.array([0] * 50 + [1] * 30 + [2] * 20 + [3])
    learn, held = labels.holdout(targets, 0.1, np.random.default_rng(0))
    assert np.bincount(targets[held], minlength=4).tolist() == [5, 3, 2, 0]
    assert sorted([*learn, *held]) == list(range(101))


def test_holdout_of_nothing():
    learn, held = labels.holdout(np.array([0, 1, 1]), 0.0, np.random.default_rng(0))
    assert (len(learn), len(held)) == (3, 0)


def test_balanced_weights_are_those_of_scikit_learn():
    from sklearn.utils.class_weight import compute_class_weight

    targets = np.array([0, 0, 0, 1])
    ours = class_weights("balanced", labels.Labels(np.array(["a", "b"]), targets))
    theirs = compute_class_weight("balanced", classes=np.array([0, 1]), y=targets)
    assert np.allclose(ours, theirs[targets])


def test_temperature_mends_overconfidence():
    rng = np.random.default_rng(0)
    logits = rng.normal(size=(5000, 4)).astype(np.float32)
    targets = np.array([rng.choice(4, p=row / row.sum()) for row in softmax(logits).astype(float)])
    assert fit_temperature(logits * 3, targets) == pytest.approx(3.0, rel=0.1)


def test_temperature_stays_at_one_without_evidence():
    perfect = np.eye(3, dtype=np.float32)[np.zeros(50, int)]
    assert fit_temperature(perfect, np.zeros(50, np.int64)) == 1.0
    assert fit_temperature(np.zeros((5, 2), np.float32), np.zeros(5, np.int64)) == 1.0


def test_softmax_of_nothing_and_of_large_numbers():
    assert softmax(np.empty((0, 3), np.float32)).shape == (0, 3)
    assert softmax(np.array([[1e4, 0.0]], np.float32)).tolist() == [[1.0, 0.0]]


@pytest.mark.parametrize("scores", [False, True])
def test_baseline_learns(toy, scores):
    model = baseline(scores=scores).fit(*toy)
    assert model.score(*toy) == 1.0
    assert hasattr(model, "predict_proba") == scores


def test_serving_does_not_pull_torch_in():
    import subprocess
    import sys

    code = (
        "import sys, penstock.modeling, penstock.modeling.texts; sys.exit('torch' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
