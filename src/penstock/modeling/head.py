"""The head: the last linear layer of a classifier, and what it reads of each text."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from torch import nn

from penstock.errors import InputError

__all__ = ["Features", "fit_head", "head_features", "head_of"]

_INVERSE_PENALTY = 0.5
"""``C`` of the logistic regression: chosen on the validation split of Banking77 with 10 texts a
class, where 0.5 and 5 are within 0.2 points."""


class Features:
    """What the head read in the last forward pass, shape (n_texts, width)."""

    values: torch.Tensor


def head_of(model: Any) -> nn.Linear:
    """Return the layer that gives the logits.

    Raises
    ------
    InputError
        The model has none.
    """
    inside = {id(module) for module in model.base_model.modules()}
    linear = [
        module
        for module in model.modules()
        if isinstance(module, nn.Linear) and id(module) not in inside
    ]
    if not linear or linear[-1].out_features != model.config.num_labels:
        raise InputError(
            f"{type(model).__name__} has no linear head",
            where="few_shot",
            hint="use few_shot=False",
        )
    return linear[-1]


@contextmanager
def head_features(model: Any) -> Iterator[Features]:
    """Keep what the head reads, as long as the context lasts."""
    features = Features()

    def keep(_module: nn.Module, inputs: tuple[torch.Tensor, ...]) -> None:
        features.values = inputs[0]

    handle = head_of(model).register_forward_pre_hook(keep)
    try:
        yield features
    finally:
        handle.remove()


def fit_head(
    model: Any, features: NDArray[np.float32], targets: NDArray[np.int64], weights: NDArray[Any]
) -> None:
    """Set the head to a logistic regression on n texts' ``features`` of shape (n, width).

    Tunstall et al. (2022), "Efficient Few-Shot Learning Without Prompts", take the same head.
    """
    fitted = LogisticRegression(C=_INVERSE_PENALTY, max_iter=1000)
    fitted.fit(features, targets, sample_weight=weights)
    weight, bias = fitted.coef_, fitted.intercept_
    if len(weight) == 1:  # of two classes it keeps the second's
        weight, bias = np.vstack([-weight, weight]) / 2, np.hstack([-bias, bias]) / 2
    head = head_of(model)
    with torch.no_grad():
        head.weight.copy_(torch.from_numpy(weight))
        head.bias.copy_(torch.from_numpy(bias))
