"""FastAPI and ONNX Runtime as tutorials put them together."""

import os

import numpy as np
import onnxruntime
from fastapi import FastAPI
from pydantic import BaseModel
from transformers import AutoConfig, AutoTokenizer

app = FastAPI()
tokenizer = AutoTokenizer.from_pretrained(os.environ["MODEL"])
labels = AutoConfig.from_pretrained(os.environ["MODEL"]).id2label
session = onnxruntime.InferenceSession(os.environ["ONNX"], providers=["CPUExecutionProvider"])
names = [port.name for port in session.get_inputs()]


class Texts(BaseModel):
    texts: list[str]


@app.get("/health")
def health() -> dict[str, str]:
    return {"status": "ok"}


@app.post("/predict")
def predict(request: Texts) -> list[dict[str, str | float]]:
    encoded = tokenizer(request.texts, padding=True, truncation=True, return_tensors="np")
    (logits,) = session.run(["logits"], {name: encoded[name].astype(np.int64) for name in names})
    powers = np.exp(logits - logits.max(axis=-1, keepdims=True))
    scores = powers / powers.sum(axis=-1, keepdims=True)
    best = scores.argmax(axis=-1)
    return [
        {"label": labels[int(column)], "score": float(scores[row, column])}
        for row, column in enumerate(best)
    ]
