"""The servers, how each is installed and started, and what it wants to be sent."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
TORCH = ("torch==2.13.0", "transformers>=5,<6")
PENSTOCK, MLFLOW = "penstock", "mlflow models serve"


@dataclass(frozen=True)
class Files:
    """One classifier in the forms that the servers read."""

    penstock: Path
    transformers: Path
    onnx: Path
    mlflow: Path
    mlserver: Path
    sagemaker: Path
    """A folder with a folder ``model``, as in ``/opt/ml``."""


@dataclass(frozen=True)
class Server:
    """`command` is run with ``{bin}``, ``{port}`` and the paths of `Files` filled in."""

    name: str
    requirements: tuple[str, ...]
    command: str
    path: str
    ready: str
    body: Callable[[str], object]
    environment: dict[str, str] = field(default_factory=dict)

    @property
    def folder(self) -> str:
        return self.name.split()[0].lower()


def _v2(text: str) -> object:
    tensor = {"name": "args", "shape": [1], "datatype": "BYTES", "data": [text]}
    return {"inputs": [tensor]}


SERVERS = (
    Server(
        PENSTOCK,
        (str(ROOT),),
        "{bin}/python -m penstock.scoring --host 127.0.0.1 --port {port}",
        "/invocations",
        "/ping",
        lambda text: {"inputs": [text]},
        {"PENSTOCK_MODEL_DIR": "{penstock}"},
    ),
    Server(
        MLFLOW,
        ("mlflow==3.17.2", *TORCH),
        "{bin}/mlflow models serve -m {mlflow} --env-manager local -h 127.0.0.1 -p {port}",
        "/invocations",
        "/ping",
        lambda text: {"inputs": [text]},
    ),
    Server(
        "FastAPI + ONNX Runtime int8",
        ("fastapi", "uvicorn[standard]", "onnxruntime", "transformers>=5,<6"),
        "{bin}/uvicorn fastapi_onnxruntime:app --app-dir {here} --no-access-log --port {port}",
        "/predict",
        "/health",
        lambda text: {"texts": [text]},
        {"MODEL": "{transformers}", "ONNX": "{onnx}"},
    ),
    Server(
        "LitServe",
        ("litserve", *TORCH),
        "{bin}/python {here}/litserve_torch.py {port}",
        "/predict",
        "/health",
        lambda text: {"text": text},
        {"MODEL": "{transformers}"},
    ),
    Server(
        "BentoML",
        ("bentoml", *TORCH),
        "{bin}/bentoml serve bentoml_torch:Classifier --working-dir {here} --host 127.0.0.1"
        " --port {port}",
        "/predict",
        "/readyz",
        lambda text: {"texts": [text]},
        {"MODEL": "{transformers}", "BENTOML_DO_NOT_TRACK": "True"},
    ),
    Server(
        "MLServer (Hugging Face)",
        ("mlserver", "mlserver-huggingface", "torch==2.13.0"),
        "{bin}/mlserver start {mlserver}",
        "/v2/models/banking/infer",
        "/v2/models/banking/ready",
        _v2,
        {
            "MLSERVER_HTTP_PORT": "{port}",
            "MLSERVER_HOST": "127.0.0.1",
            "MLSERVER_GRPC_PORT": "0",
            "MLSERVER_METRICS_PORT": "0",
        },
    ),
    Server(
        "Infinity",
        ("infinity-emb[server,torch]",),
        "{bin}/infinity_emb v2 --model-id {transformers} --engine torch --device cpu"
        " --host 127.0.0.1 --port {port} --served-model-name banking",
        "/classify",
        "/health",
        lambda text: {"model": "banking", "input": [text]},
        {"DO_NOT_TRACK": "1"},
    ),
    Server(
        "SageMaker Hugging Face toolkit",
        # It needs Java, the right to write into /etc, and what later releases dropped.
        (
            "sagemaker-huggingface-inference-toolkit",
            "multi-model-server",
            "setuptools<81",
            "torch==2.13.0",
            "transformers>=4.48,<5",
        ),
        "{bin}/python -m sagemaker_huggingface_inference_toolkit.serving",
        "/invocations",
        "/ping",
        lambda text: {"inputs": text},
        {
            "HF_TASK": "text-classification",
            "SAGEMAKER_BASE_DIR": "{sagemaker}",
            "SAGEMAKER_BIND_TO_PORT": "{port}",
        },
    ),
)


def lines(server: Server, texts: list[str]) -> str:
    """Return a body for each text, one a line."""
    return "".join(json.dumps(server.body(text)) + "\n" for text in texts)


def filled(value: str, files: Files, folder: Path, port: int) -> str:
    """Fill in the names of a command or a variable."""
    known = {name: str(path) for name, path in vars(files).items()}
    return value.format(**known, bin=folder / "bin", port=port, here=HERE)
