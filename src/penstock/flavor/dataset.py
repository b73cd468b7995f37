"""A training set as an input of an MLflow run: its digest and size, not its texts."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import numpy as np
import pandas as pd
from mlflow.data.dataset import Dataset
from mlflow.data.pandas_dataset import from_pandas

from penstock.modeling.texts import as_texts

__all__ = ["dataset_of"]

_DIGEST = 36
"""Characters MLflow keeps of a digest."""


def dataset_of(X: Any, y: Any) -> Dataset:  # noqa: N803
    """Return texts and labels as MLflow's ``Dataset``, with columns ``text`` and ``label``.

    The digest is SHA-256 over all rows, cut to the 36 characters that MLflow keeps; MLflow's
    own looks at 10000 rows only.
    """
    texts = as_texts(X)
    labels = [json.dumps(_plain(label), ensure_ascii=True) for label in np.asarray(y).tolist()]
    rows = pd.DataFrame({"text": texts, "label": labels})
    digest = hashlib.sha256(json.dumps([texts, labels]).encode()).hexdigest()[:_DIGEST]
    dataset: Dataset = from_pandas(rows, targets="label", digest=digest)
    return dataset


def _plain(label: Any) -> Any:
    return label if isinstance(label, str | int | float | list) else str(label)
