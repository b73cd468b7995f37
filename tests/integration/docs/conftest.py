"""The tiny model and the container of the tests of scoring."""

import sys
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[2]
sys.path[:0] = [str(TESTS / "integration/scoring"), str(TESTS / "unit/engines")]

from container import Container  # noqa: E402
from tiny_model import build_tiny_model  # noqa: E402


@pytest.fixture(scope="module")
def container(tmp_path_factory):
    folder = tmp_path_factory.mktemp("container")
    model = build_tiny_model(folder / "model")
    capture = {"PENSTOCK_CAPTURE_DIR": str(folder / "capture"), "PENSTOCK_CAPTURE_PERCENT": "100"}
    found = Container(model, folder / "log", **capture)
    try:
        found.wait_until_ready()
        yield found
    finally:
        found.end()
