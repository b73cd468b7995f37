"""LitServe with a transformers pipeline and its own batching."""

import os
import sys

import litserve
from transformers import pipeline


class Classifier(litserve.LitAPI):
    def setup(self, device: str) -> None:
        self.pipeline = pipeline("text-classification", os.environ["MODEL"])

    def decode_request(self, request: dict[str, str]) -> str:
        return request["text"]

    def predict(self, texts: list[str]) -> list[dict[str, str | float]]:
        return self.pipeline(list(texts), batch_size=len(texts))

    def encode_response(self, output: dict[str, str | float]) -> dict[str, str | float]:
        return output


if __name__ == "__main__":
    api = Classifier(max_batch_size=16, batch_timeout=0.005)
    server = litserve.LitServer(api, accelerator="cpu")
    server.run(host="127.0.0.1", port=int(sys.argv[1]), generate_client_file=False)
