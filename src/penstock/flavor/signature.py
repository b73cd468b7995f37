"""The signature: one column of text in, what the model answers out, three parameters."""

from __future__ import annotations

from mlflow.models import ModelSignature
from mlflow.types import ColSpec, DataType, ParamSchema, ParamSpec, Schema, TensorSpec
from mlflow.types.schema import Array

from penstock.flavor.enforcement import INPUTS

__all__ = ["signature_of"]


def signature_of(wrapped: bool, multilabel: bool = False) -> ModelSignature:
    """One column of text; the labels out, or the frame that filters give.

    Of a multi-label model the labels of a text are an array.

    Its column is called ``text``; `penstock.flavor.enforcement` has MLflow take a list, an array,
    a Series and an only column of another name as well.
    """
    labels = Array(DataType.string) if multilabel else DataType.string
    columns: list[ColSpec | TensorSpec] = [ColSpec(DataType.string, "label", required=False)]
    if wrapped:
        columns += [
            ColSpec(DataType.double, "score", required=False),
            ColSpec(DataType.string, "status"),
            ColSpec(DataType.string, "reason", required=False),
        ]
    if wrapped and multilabel:
        columns.append(ColSpec(labels, "labels", required=False))
    return ModelSignature(
        inputs=INPUTS,
        outputs=Schema(columns if wrapped else [ColSpec(labels)]),
        params=ParamSchema(
            [
                ParamSpec("output", DataType.string, "both" if wrapped else "labels"),
                ParamSpec("top_k", DataType.long, 0),
                ParamSpec("threshold", DataType.double, 0.0),
            ]
        ),
    )
