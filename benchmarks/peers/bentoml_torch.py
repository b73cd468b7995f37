"""BentoML with a transformers pipeline and its own adaptive batching."""

import os

import bentoml
from transformers import pipeline


@bentoml.service(traffic={"timeout": 60})
class Classifier:
    def __init__(self) -> None:
        self.pipeline = pipeline("text-classification", os.environ["MODEL"])

    @bentoml.api(batchable=True, max_batch_size=32, max_latency_ms=1000)
    def predict(self, texts: list[str]) -> list[dict]:
        return self.pipeline(texts, batch_size=len(texts))
