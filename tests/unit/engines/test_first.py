"""The forward that leaves work out gives the logits and the gradients of the model's own."""

import sys
from pathlib import Path

import pytest
import torch

sys.path.insert(0, str(Path(__file__).parents[1] / "modeling"))

from tiny_models import ARCHITECTURES, make_base_model

from penstock.engines.first import forward_of, reads_first
from penstock.modeling.encoder import load_encoder

FIRST = ("bert", "camembert", "roberta", "xlm-roberta")


@pytest.fixture(params=ARCHITECTURES)
def model(request, tmp_path):
    base = make_base_model(tmp_path, request.param)
    found = load_encoder(str(base), ["a", "b", "c"])
    found.config.pad_token_id = found.config.pad_token_id or 0
    assert reads_first(found) == (request.param in FIRST)
    return found.eval()


def test_it_gives_logits_and_gradients_of_the_models_own(model):
    torch.manual_seed(0)
    mask = torch.ones((3, 9), dtype=torch.int64)
    mask[1, 4:], mask[2, 1:] = 0, 0
    ids = torch.randint(5, 20, (3, 9)) * mask + model.config.pad_token_id * (1 - mask)
    found = []
    for logits in (forward_of(model)(ids, mask), model(ids, mask).logits):
        model.zero_grad()
        logits.square().sum().backward()
        gradients = {n: p.grad.clone() for n, p in model.named_parameters() if p.grad is not None}
        found.append((logits, gradients))
    (ours, ours_gradients), (theirs, their_gradients) = found
    torch.testing.assert_close(ours, theirs, atol=1e-5, rtol=1e-4)
    assert ours_gradients.keys() == their_gradients.keys()
    for name, gradient in their_gradients.items():
        torch.testing.assert_close(ours_gradients[name], gradient, atol=1e-4, rtol=1e-3, msg=name)


@pytest.mark.parametrize("model", FIRST, indirect=True)
def test_dropout_is_drawn_as_in_the_models_own(model):
    ids, mask = torch.full((64, 6), 7), torch.ones((64, 6), dtype=torch.int64)
    model.train()
    with torch.no_grad():
        ours, theirs = forward_of(model)(ids, mask), model(ids, mask).logits
    assert (ours.std(dim=0) > 0).all()
    torch.testing.assert_close(ours.std(dim=0), theirs.std(dim=0), rtol=0.5, atol=1e-3)
