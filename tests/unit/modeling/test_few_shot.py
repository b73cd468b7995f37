"""Few texts a class: when the warm-up runs, what it does, and the layer that pools."""

import numpy as np
import pytest
import torch
from tiny_models import make_sentence_encoder, toy_set
from transformers import AutoModelForSequenceClassification

from penstock.errors import InputError
from penstock.modeling import TransformerClassifier
from penstock.modeling.contrast import balanced, contrastive_loss
from penstock.modeling.directory import save_directory
from penstock.modeling.few_shot import is_few_shot
from penstock.modeling.saved import read_classifier

LAYERS = 2


def counts(*each):
    return np.repeat(np.arange(len(each)), each)


@pytest.fixture(scope="module")
def sentence_encoder(tmp_path_factory):
    return make_sentence_encoder(tmp_path_factory.mktemp("pooled") / "base")


@pytest.fixture(scope="module")
def few(sentence_encoder):
    return TransformerClassifier(
        str(sentence_encoder),
        epochs=2,
        learning_rate=5e-3,
        batch_size=8,
        max_length=16,
        few_shot=True,
        device="cpu",
    ).fit(*toy_set())


WHEN = {
    "three each": ("auto", counts(3, 3, 3), False),
    "four each": ("auto", counts(4, 4, 4), True),
    "fifty each": ("auto", counts(50, 50), True),
    "more": ("auto", counts(51, 51), False),
    "the middle class says": ("auto", counts(500, 8, 8), True),
    "wanted": (True, counts(500, 500), True),
    "not wanted": (False, counts(8, 8), False),
    "several labels for a text": ("auto", np.ones((8, 2), np.float32), False),
}


@pytest.mark.parametrize("name", WHEN)
def test_when_it_warms_up(name, make):
    wanted, targets, expected = WHEN[name]
    assert is_few_shot(wanted, targets, make()._recipe()) is expected


def test_adapters_are_not_warmed_up(make):
    recipe = make(lora_rank=2)._recipe()
    assert is_few_shot("auto", counts(8, 8), recipe) is False
    with pytest.raises(InputError, match="few_shot: does not go with lora_rank"):
        is_few_shot(True, counts(8, 8), recipe)


def test_wanted_with_several_labels_is_refused(make):
    with pytest.raises(InputError, match="several labels for a text"):
        make(few_shot=True).fit(["a", "b", "c", "d"], [[1, 0], [0, 1], [1, 1], [1, 0]])


def test_an_unknown_choice_is_named(make, toy):
    with pytest.raises(InputError, match="few_shot: unknown choice 'always'"):
        make(few_shot="always").fit(*toy)


def test_the_loss_is_that_of_the_paper():
    features = torch.tensor([[1.0, 0.0], [0.6, 0.8], [0.0, 2.0], [-1.0, 0.0]])
    targets = torch.tensor([0, 0, 1, 2])
    unit = features / features.norm(dim=1, keepdim=True)
    similar = (unit @ unit.T / 0.1).exp()
    losses = [
        -torch.log(similar[row, other] / (similar[row].sum() - similar[row, row]))
        for row, other in ((0, 1), (1, 0))  # the others have nobody of their class
    ]
    expected = sum(losses) / 2
    assert contrastive_loss(features, targets) == pytest.approx(float(expected), rel=1e-5)


def test_batches_take_equally_many_of_each_class():
    targets = counts(1, 30, 40, 5)
    seen = list(balanced(targets, 10, np.random.default_rng(0)))
    assert len(seen) == 10
    for rows in seen:
        assert np.bincount(targets[rows], minlength=4).tolist() == [0, 16, 16, 5]
        assert len(set(rows.tolist())) == len(rows)


def test_padding_changes_nothing(few):
    texts = ["yes please"]
    alone = few.predict_proba(texts)
    beside = few.predict_proba([*texts, "send the contract tomorrow please " * 2])[:1]
    np.testing.assert_allclose(alone, beside, atol=1e-5)


def test_attention_of_the_pooling_layer_stays_even(few):
    layer = few.model_.bert.encoder.layer[-1]
    for part in (layer.attention.self.query, layer.attention.self.key, layer.intermediate.dense):
        assert not part.weight.any()
    assert layer.attention.self.value.weight.grad is None
    assert not torch.equal(layer.attention.self.value.weight, torch.eye(32))


def test_it_learns_and_says_so(few):
    texts, labels = toy_set()
    assert few.score(texts, labels) > 0.9
    assert [record["epoch"] for record in few.history_] == [1.0, 2.0]
    assert few.model_.config.num_hidden_layers == LAYERS + 1


def test_the_same_seed_gives_the_same_bits(few):
    again = TransformerClassifier(**few.get_params()).fit(*toy_set())
    np.testing.assert_array_equal(
        again.predict_proba(["call me tomorrow"]), few.predict_proba(["call me tomorrow"])
    )


def test_it_is_saved_loaded_and_served_as_it_is(few, tmp_path):
    texts = toy_set()[0]
    save_directory(few, tmp_path / "model", calibration_texts=texts, engine=["openvino-fp32"])
    read = read_classifier(tmp_path / "model" / "classifier")
    np.testing.assert_array_equal(read.predict_proba(texts), few.predict_proba(texts))
    plain = AutoModelForSequenceClassification.from_pretrained(tmp_path / "model" / "classifier")
    assert plain.config.num_hidden_layers == LAYERS + 1
    for name, value in few.model_.state_dict().items():
        assert torch.equal(plain.state_dict()[name], value), name


def test_the_warm_up_is_told(sentence_encoder):
    told = []
    classifier = TransformerClassifier(
        str(sentence_encoder),
        epochs=1,
        max_length=16,
        few_shot=True,
        device="cpu",
        progress=told.append,
    )
    classifier.fit(*toy_set(copies=1))
    warm = [now for now in told if now.epoch == 0]
    assert [now.step for now in warm] == list(range(1, 65))
    assert {now.steps for now in warm} == {64}
    assert warm[-1].loss < warm[0].loss
