"""Fixtures: one tiny model for the session, one container for a module."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parents[1] / "unit/engines")]

from container import Container  # noqa: E402
from tiny_model import build_tiny_model  # noqa: E402


@pytest.fixture(scope="session")
def model_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_tiny_model(tmp_path_factory.mktemp("tiny") / "model")


@pytest.fixture(scope="module")
def container(model_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Container]:
    """One that all tests of a module ask; none may end it."""
    found = Container(model_dir, tmp_path_factory.mktemp("container") / "log")
    try:
        found.wait_until_ready()
        yield found
    finally:
        found.end()
