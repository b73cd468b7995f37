"""PyTorch: the classifier's own weights, on CUDA where there is one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch

from penstock.engines.base import Float32, Int64
from penstock.engines.cores import usable_cores
from penstock.engines.silence import quiet_loading
from penstock.errors import IntegrityError

__all__ = ["TorchEngine", "load_torch_model"]


class TorchEngine:
    """The model of ``classifier/`` in 32-bit floats; safe to call from several threads.

    Parameters
    ----------
    folder : with ``config.json`` and ``model.safetensors``.
    threads : cores to use, for all of torch in this process; default: what torch is set to,
        at most `usable_cores`.
    device : a torch device; default: CUDA where there is one, else the CPU.

    Raises
    ------
    IntegrityError : transformers cannot read the folder.
    """

    streams = 1
    batch_rows = 64
    packs = False

    def __init__(
        self, folder: Path, *, threads: int | None = None, device: str | None = None
    ) -> None:
        torch.set_num_threads(threads or min(torch.get_num_threads(), usable_cores()))
        name = device or ("cuda" if torch.cuda.is_available() else "cpu")
        self.device = torch.device(name)
        self._model = load_torch_model(folder).to(self.device)

    def __call__(self, input_ids: Int64, attention_mask: Int64) -> Float32:
        """Return logits of shape (n, n_classes) for arrays of shape (n, t)."""
        with torch.inference_mode():
            logits = self._model(
                input_ids=torch.from_numpy(input_ids).to(self.device),
                attention_mask=torch.from_numpy(attention_mask).to(self.device),
            ).logits
        found: Float32 = logits.float().cpu().numpy()
        return found

    def specialise(self) -> None:
        """Do nothing: all shapes are alike to it."""


def load_torch_model(folder: Path) -> Any:
    """Return the model of ``classifier/`` for inference: safetensors only, nothing is run."""
    from transformers import AutoModelForSequenceClassification

    try:
        with quiet_loading():
            model = AutoModelForSequenceClassification.from_pretrained(
                folder,
                local_files_only=True,
                trust_remote_code=False,
                use_safetensors=True,
                dtype=torch.float32,
            )
    except (OSError, ValueError) as error:
        what = f"transformers cannot read it: {str(error).strip().splitlines()[0]}"
        raise IntegrityError(what, where=str(folder)) from None
    return model.eval()  # torch's inference mode: no dropout
