"""A sentence encoder that pools by mean: its head reads the mean, and starts as a regression."""

import shutil

import numpy as np
import pytest
import torch
from tiny_models import make_base_model, make_sentence_encoder, toy_set

from penstock.engines.tokens import TextTokenizer
from penstock.modeling import TransformerClassifier
from penstock.modeling.encoder import load_encoder, load_tokenizer
from penstock.modeling.head import _some, fit_head, head_features, head_of, start_head
from penstock.modeling.pooling import add_pooling_layer, pools_mean
from penstock.modeling.training import Examples, Padding

LAYERS = 2


@pytest.fixture(scope="module")
def sentence_encoder(tmp_path_factory):
    return make_sentence_encoder(tmp_path_factory.mktemp("pooled") / "base")


def classifier(base, **options):
    usual = {"epochs": 1, "max_length": 16, "few_shot": False, "device": "cpu"}
    return TransformerClassifier(str(base), **{**usual, **options})


def test_the_pooling_layer_carries_the_mean(sentence_encoder):
    plain = load_encoder(sentence_encoder, ["no", "yes"]).eval()
    model = load_encoder(sentence_encoder, ["no", "yes"]).eval()
    add_pooling_layer(model)
    ids = torch.tensor([[2, 5, 6, 7, 3, 0, 0]])
    mask = (ids > 0).long()
    with torch.no_grad(), head_features(model) as read:
        model(input_ids=ids, attention_mask=mask)
        tokens = plain.bert(input_ids=ids, attention_mask=mask).last_hidden_state[0, :5]
    mean = tokens.mean(dim=0)
    expected = torch.tanh(0.25 * (mean - mean.mean()) / mean.std(unbiased=False))
    similar = torch.nn.functional.cosine_similarity(read.values[0], expected, dim=0)
    assert similar > 0.98


SAID = {
    "mean": ({"pooling_mode_mean_tokens": True}, True),
    "first token": ({"pooling_mode_cls_token": True, "pooling_mode_mean_tokens": False}, False),
}


@pytest.mark.parametrize("name", SAID)
def test_only_a_base_model_that_pools_by_mean_gets_the_layer(name, tmp_path):
    said, expected = SAID[name]
    folder = make_sentence_encoder(tmp_path / "base", **said)
    model = load_encoder(folder, ["no", "yes"])
    assert pools_mean(folder, model) is expected
    shutil.rmtree(folder / "1_Pooling")
    assert pools_mean(folder, model) is False


@pytest.mark.parametrize("n_classes", [2, 3])
def test_the_head_is_a_logistic_regression(n_classes, sentence_encoder):
    model = load_encoder(sentence_encoder, [str(index) for index in range(n_classes)])
    rng = np.random.default_rng(0)
    targets = np.arange(60) % n_classes
    features = rng.normal(size=(60, 32)).astype(np.float32)
    features[:, :n_classes] += 4 * np.eye(n_classes)[targets]
    fit_head(model, features, targets, np.ones(60))
    head = head_of(model)
    logits = torch.from_numpy(features) @ head.weight.T + head.bias
    assert (logits.argmax(dim=1).numpy() == targets).all()


def test_the_head_starts_as_a_regression_on_what_it_reads(sentence_encoder):
    texts, labels = toy_set()
    model, tokenizer = (
        load_encoder(sentence_encoder, ["no", "yes"]),
        load_tokenizer(sentence_encoder),
    )
    add_pooling_layer(model)
    tokens = TextTokenizer(tokenizer.backend_tokenizer, 16).encode(texts)
    targets = np.array([int(label == labels[0]) for label in labels])
    examples = Examples.of(tokens, targets, np.ones(len(texts), np.float32))
    start_head(model, Padding.of(tokenizer), examples, classifier(sentence_encoder)._recipe())
    ids = [torch.tensor([row]) for row in tokens.rows]
    with torch.no_grad():
        found = [int(model(input_ids=row).logits.argmax()) for row in ids]
    assert np.mean(found == targets) > 0.9


@pytest.mark.parametrize(
    ("counts", "kept"),
    [((3, 5000), (3, 2048)), ((10, 10), (10, 10)), ((100,) * 1000, (16,) * 1000)],
)
def test_it_reads_some_texts_of_each_class(counts, kept):
    targets = np.repeat(np.arange(len(counts)), counts)
    rows = _some(targets, np.random.default_rng(0))
    assert np.bincount(targets[rows]).tolist() == list(kept)
    assert (np.diff(rows) > 0).all()


def test_without_a_warm_up_it_pools_all_the_same(sentence_encoder):
    told = []
    fitted = classifier(sentence_encoder, progress=told.append).fit(*toy_set())
    assert fitted.model_.config.num_hidden_layers == LAYERS + 1
    assert told[0].epoch == 1
    plain = classifier(make_base_model(sentence_encoder.parent / "plain")).fit(*toy_set())
    assert plain.model_.config.num_hidden_layers == LAYERS
    assert fitted.history_[0]["loss"] < plain.history_[0]["loss"]


WITH = {
    "adapters": ({"lora_rank": 2}, toy_set()[1]),
    "a frozen table": ({"embeddings": "frozen"}, toy_set()[1]),
    "several labels": ({}, np.array([[int(label == "yes"), 1] for label in toy_set()[1]])),
}


@pytest.mark.parametrize("name", WITH)
def test_it_goes_with_what_else_there_is(name, sentence_encoder):
    options, labels = WITH[name]
    texts = toy_set()[0]
    fitted = classifier(sentence_encoder, **options).fit(texts, labels)
    assert fitted.model_.config.num_hidden_layers == LAYERS + 1
    assert np.isfinite(fitted.predict_proba(texts)).all()
