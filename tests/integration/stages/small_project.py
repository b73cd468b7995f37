"""Files of a small project whose stages run in seconds."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / "unit" / "modeling"))

from tiny_models import make_base_model, toy_set

__all__ = ["make_base_model", "write_data", "write_project"]


def write_data(folder, extra=""):
    """Write both splits of the toy set; `extra` makes another data set of it."""
    folder.mkdir(parents=True, exist_ok=True)
    rows = [f'"{text}{extra}","{label}"' for text, label in zip(*toy_set(), strict=True)]
    for split in ("train", "test"):
        (folder / f"{split}.csv").write_text("\n".join(["text,label", *rows]))
    return folder


def write_project(folder, base):
    """Write `penstock.yaml` and one deployment file."""
    (folder / "deploy").mkdir(parents=True)
    (folder / "penstock.yaml").write_text(
        f"schema: 1\nname: words\ndataset: replies\nengines: [openvino-fp32]\n"
        f"train: {{base_model: '{base}', epochs: 1, batch_size: 8, max_length: 16}}\n"
    )
    return folder
