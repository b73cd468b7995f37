"""A program that fits the toy set: base model, checkpoint folder, file for the weights."""

import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / "unit" / "modeling"))

import torch
from safetensors.torch import save_file
from tiny_models import toy_set

from penstock.modeling import TransformerClassifier, checkpoints

torch.set_num_threads(1)
checkpoints.LEAST_SECONDS = 0.0
checkpoints.SHARE = 1e9
base, folder, result, slow = sys.argv[1:]


def tell(now):
    if not now.epoch:
        return  # the warm-up, which a fit that goes on repeats
    print(now.step, flush=True)
    time.sleep(float(slow))  # so that the parent's kill meets a run that is under way


classifier = TransformerClassifier(
    base, epochs=3, batch_size=8, max_length=16, device="cpu", checkpoint=folder, progress=tell
)
classifier.fit(*toy_set())
save_file(classifier.model_.state_dict(), result)
