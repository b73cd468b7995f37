"""The serving runtime imports none of what trains, tracks or deploys."""

from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = (
    "torch transformers mlflow sklearn pandas boto3 botocore pydantic fsspec matplotlib typer "
    "opentelemetry"
)
MODULES = [
    "penstock.scoring.__main__",
    "penstock.scoring.http.server",
    "penstock.engines.openvino",
    "penstock.engines.scorer",
    "penstock.filters",
    "penstock.filters.registry",
    "penstock.artifacts.manifest",
]


@pytest.mark.parametrize("modules", [MODULES])
def test_the_serving_runtime_is_light(modules: list[str]) -> None:
    program = (
        f"import sys, {', '.join(modules)}\n"
        f"print(sorted(set({HEAVY.split()!r}) & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert (done.stdout.strip(), done.returncode) == ("[]", 0), done.stderr
