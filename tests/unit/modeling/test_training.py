"""How a classifier learns: accumulation, rates by layer, adapters, checkpoints, determinism."""

import numpy as np
import pytest
import torch
from tiny_models import make_base_model

from penstock.errors import InputError, IntegrityError, MachineError
from penstock.modeling import TransformerClassifier, checkpoints
from penstock.modeling.adapters import adapt
from penstock.modeling.checkpoints import Checkpoint, State, opened, waiting
from penstock.modeling.encoder import load_encoder
from penstock.modeling.layers import depths
from penstock.modeling.optimisers import Optimisers
from penstock.modeling.recipe import Recipe

KINDS = ["bert", "distilbert", "albert", "xlnet", "modernbert"]


@pytest.fixture(scope="module")
def encoders(tmp_path_factory):
    folders = {kind: make_base_model(tmp_path_factory.mktemp(kind), kind) for kind in KINDS}
    return lambda kind: load_encoder(folders[kind], ["no", "yes"])


def recipe(**changed):
    given = {
        "epochs": 1,
        "batch_size": 8,
        "learning_rate": 1.0,
        "warmup_share": 0.0,
        "weight_decay": 0.01,
        "label_smoothing": 0.0,
        "embeddings": "sparse",
        "patience": None,
        "seed": 0,
        "device": torch.device("cpu"),
    }
    return Recipe(**{**given, **changed})


def weights(classifier):
    return {name: value.clone() for name, value in classifier.model_.state_dict().items()}


def same(first, second):
    return first.keys() == second.keys() and all(torch.equal(first[k], second[k]) for k in first)


@pytest.mark.parametrize("accumulate", [3, 8, 100])
def test_accumulation_equals_one_large_batch(make, toy, accumulate):
    sample_weight = np.linspace(0.5, 2, len(toy[0]))
    options = {"epochs": 2, "dropout": 0.0, "learning_rate": 1e-3, "label_smoothing": 0.1}
    whole, parts = (
        make(**options, accumulate=count).fit(*toy, sample_weight=sample_weight)
        for count in (1, accumulate)
    )
    assert np.allclose(whole.predict_proba(toy[0]), parts.predict_proba(toy[0]), atol=1e-4)
    losses = [[row["loss"] for row in one.history_] for one in (whole, parts)]
    assert np.allclose(*losses, atol=1e-4)


@pytest.mark.parametrize("kind", KINDS)
def test_depth_rises_from_embeddings_to_head(encoders, kind):
    found = depths(encoders(kind))
    top = {"albert": 2}.get(kind, 3)  # ALBERT's layers share their weights
    assert set(found.values()) == set(range(top + 1))
    for name, depth in found.items():
        if "word_emb" in name or "tok_emb" in name:
            assert depth == 0, name
        if "classifier" in name or "logits_proj" in name:
            assert depth == top, name


@pytest.mark.parametrize("kind", KINDS)
def test_layer_decay_lowers_the_rate_layer_by_layer(encoders, kind):
    model = encoders(kind)
    model.get_input_embeddings().sparse = True
    optimisers = Optimisers(model, recipe(layer_decay=0.5), steps=10)
    rates = {
        id(parameter): group["peak"]
        for optimiser in optimisers.all
        for group in optimiser.param_groups
        for parameter in group["params"]
    }
    found = depths(model)
    top = max(found.values())
    for name, parameter in model.named_parameters():
        assert rates[id(parameter)] == pytest.approx(0.5 ** (top - found[name])), name


def test_layer_decay_moves_low_layers_less(make, toy):
    def moved(layer_decay):
        first = make(epochs=1, learning_rate=1e-9).fit(*toy).model_
        model = make(epochs=1, layer_decay=layer_decay).fit(*toy).model_
        name = "bert.encoder.layer.0.output.dense.weight"
        return float((model.get_parameter(name) - first.get_parameter(name)).abs().mean())

    assert moved(0.2) < 0.2 * moved(1.0)


@pytest.mark.parametrize("kind", KINDS)
def test_adapters_merge_into_the_same_logits(encoders, kind):
    model = encoders(kind).eval()
    names = set(model.state_dict())
    adapted = adapt(model, 4)
    for name, parameter in model.named_parameters():
        if "lora_B" in name:  # zero at first: an adapter that does nothing
            torch.nn.init.normal_(parameter, std=0.1)
    ids = torch.tensor([[2, 7, 8, 3], [2, 9, 10, 3]])
    with torch.no_grad():
        before = model(input_ids=ids).logits
        adapted.merge_and_unload()
        after = model(input_ids=ids).logits
    assert torch.allclose(before, after, atol=1e-5)
    assert set(model.state_dict()) == names


def test_lora_learns_few_weights_and_leaves_an_ordinary_model(make, toy, tmp_path):
    from penstock.modeling.saved import read_classifier, write_classifier

    whole = make(epochs=1, embeddings="frozen").fit(*toy)
    classifier = make(lora_rank=4, learning_rate=2e-2).fit(*toy)
    assert classifier.score(*toy) > 0.9
    table = "bert.embeddings.word_embeddings.weight"
    assert torch.equal(weights(classifier)[table], weights(whole)[table])
    assert weights(classifier).keys() == weights(whole).keys()
    assert all(parameter.requires_grad for parameter in classifier.model_.parameters())
    write_classifier(classifier, tmp_path)
    again = read_classifier(tmp_path)
    assert np.array_equal(again.predict_proba(toy[0]), classifier.predict_proba(toy[0]))


@pytest.mark.parametrize(
    "options",
    [
        {"label_smoothing": 0.1, "accumulate": 2},
        {"lora_rank": 2, "layer_decay": 0.8},
        {"embeddings": "dense", "patience": 1, "validation_share": 0.3},
    ],
    ids=["accumulate", "lora", "dense"],
)
def test_two_fits_are_bit_equal_and_leave_the_random_state(make, toy, options):
    torch.manual_seed(3)
    state = torch.get_rng_state()
    first, second = (weights(make(epochs=2, **options).fit(*toy)) for _ in range(2))
    assert same(first, second)
    assert torch.equal(torch.get_rng_state(), state)


class Killed(Exception):
    pass


def killer(step):
    def watch(now):
        if now.step == step:
            raise Killed

    return watch


@pytest.mark.parametrize("step", [2, 6, 9])  # mid-epoch, an epoch's last step, a later epoch
@pytest.mark.parametrize(
    "options",
    [
        {},
        {"embeddings": "dense", "accumulate": 2},
        {"lora_rank": 2},
        {"patience": 1, "learning_rate": 0.05},
    ],
    ids=["sparse", "dense", "lora", "patience"],
)
def test_an_interrupted_fit_goes_on_to_the_same_bits(
    make, toy, tmp_path, monkeypatch, options, step
):
    monkeypatch.setattr(checkpoints, "LEAST_SECONDS", 0.0)
    monkeypatch.setattr(checkpoints, "SHARE", 1e9)
    options = {"epochs": 3, **options}
    whole = make(**options).fit(*toy)
    with pytest.raises(Killed):
        make(**options, checkpoint=tmp_path, progress=killer(step)).fit(*toy)
    assert waiting(tmp_path)
    steps = []
    again = make(**options, checkpoint=tmp_path, progress=steps.append).fit(*toy)
    assert steps[0].step in (step, step + 1)
    assert same(weights(again), weights(whole))
    losses = [[row["loss"] for row in one.history_] for one in (whole, again)]
    assert losses[0] == losses[1]
    assert waiting(tmp_path) is None


def test_a_finished_fit_gives_its_result_at_once_and_any_other_replaces_it(make, toy, tmp_path):
    first = make(epochs=2, checkpoint=tmp_path).fit(*toy)
    steps = []
    again = make(epochs=2, checkpoint=tmp_path, progress=steps.append).fit(*toy)
    assert steps == []
    assert same(weights(first), weights(again))
    assert again.history_ == first.history_
    make(epochs=1, checkpoint=tmp_path, progress=steps.append).fit(*toy)
    assert steps


@pytest.mark.parametrize(
    ("options", "extra", "message"),
    [
        ({"epochs": 4}, 0, r"epochs \(was 3, is 4\)"),
        ({"learning_rate": 1e-3}, 0, r"learning_rate \(was 0.005, is 0.001\)"),
        ({}, 1, "texts"),
    ],
)
def test_another_fit_is_refused_while_one_waits(
    make, toy, tmp_path, monkeypatch, options, extra, message
):
    monkeypatch.setattr(checkpoints, "LEAST_SECONDS", 0.0)
    with pytest.raises(Killed):
        make(epochs=3, checkpoint=tmp_path, progress=killer(2)).fit(*toy)
    texts, labels = (list(column) for column in toy)
    texts[0] += " thanks" * extra
    with pytest.raises(InputError, match=message):
        make(**{"epochs": 3, "checkpoint": tmp_path, **options}).fit(texts, labels)


def test_a_damaged_checkpoint_is_refused(tmp_path):
    kept = Checkpoint(tmp_path, {"epochs": "3"})
    kept.write(State({"a": torch.ones(3)}, {"epoch": 1}))
    assert torch.equal(kept.read().tensors["a"], torch.ones(3))
    tensors = next(tmp_path.glob("*.safetensors"))
    content = tensors.read_bytes()
    tensors.write_bytes(content[:-1] + b"\1")
    with pytest.raises(IntegrityError, match="changed"):
        kept.read()
    tensors.write_bytes(content)
    record = tmp_path / "checkpoint.json"
    record.write_text(record.read_text().replace('"epoch": 1', '"epoch": 2'))
    with pytest.raises(IntegrityError, match="was changed"):
        kept.read()
    record.write_text("{")
    with pytest.raises(IntegrityError, match="malformed"):
        waiting(tmp_path)


def test_a_new_checkpoint_replaces_the_old(tmp_path):
    kept = Checkpoint(tmp_path, {"epochs": "3"})
    for value in (1.0, 2.0):
        kept.write(State({"a": torch.full((3,), value)}, {"epoch": 1}))
    assert len(list(tmp_path.glob("*.safetensors"))) == 1
    assert kept.read().tensors["a"][0] == 2.0


def test_two_fits_do_not_share_a_folder(tmp_path):
    with (
        opened(tmp_path, {}),
        pytest.raises(MachineError, match="another fit"),
        opened(tmp_path, {}),
    ):
        pass


@pytest.mark.parametrize(
    ("name", "value"), [("accumulate", 0), ("layer_decay", 1.5), ("lora_rank", 0)]
)
def test_a_parameter_out_of_range_is_named(toy, name, value):
    with pytest.raises(InputError, match=name):
        TransformerClassifier(**{name: value}).fit(*toy)


def test_an_epoch_counts_its_seconds_once(make, toy):
    def share() -> float:
        record = make(epochs=1, validation_share=0).fit(*toy).history_[0]
        return record["seconds"] * record["texts_per_second"] / len(toy[0])

    # A machine that is busy elsewhere for a moment makes one of them larger, hardly all.
    assert 1 <= min(share() for _ in range(3)) < 1.5


def test_matrices_are_multiplied_by_onednn_in_training_alone(make, toy):
    matmul, during = torch.backends.mkldnn.matmul, []
    before = matmul.fp32_precision
    watch = lambda _: during.append(matmul.fp32_precision)  # noqa: E731
    make(epochs=1, progress=watch).fit(*toy)
    assert set(during) == {"bf16"}
    assert matmul.fp32_precision == before != "bf16"
