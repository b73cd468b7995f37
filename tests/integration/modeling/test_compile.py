"""A fit through ``torch.compile``, which needs a C++ compiler, is the fit without it."""

import shutil
import sys
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "unit/modeling"))

from tiny_models import make_base_model, toy_set

from penstock.modeling import TransformerClassifier


@pytest.mark.skipif(shutil.which("g++") is None, reason="there is no C++ compiler")
def test_a_compiled_fit_ends_where_a_plain_one_does(tmp_path: Path) -> None:
    base, (texts, labels) = str(make_base_model(tmp_path / "base")), toy_set()
    options = {"epochs": 1, "max_length": 16, "few_shot": False, "embeddings": "dense"}
    found = [
        TransformerClassifier(base, compile=how, dropout=0.0, device="cpu", **options)
        .fit(texts, labels)
        .predict_proba(texts)
        for how in (False, True)
    ]
    np.testing.assert_allclose(found[1], found[0], atol=5e-3)
