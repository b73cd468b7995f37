"""A small project that went the whole way once."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from terminal import BIN, Terminal, commit


@pytest.fixture(scope="session")
def terminal_in(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Path], Terminal]:
    kept = {
        k: v for k, v in os.environ.items() if not k.startswith(("AWS_", "MLFLOW_", "PENSTOCK_"))
    }
    # The machine's package caches stay; only Penstock's own cache is the test's.
    cache = tmp_path_factory.mktemp("cache")
    kept |= {
        "PENSTOCK_CACHE": str(cache),
        "PATH": f"{BIN}{os.pathsep}{kept['PATH']}",
        "GIT_CONFIG_GLOBAL": os.devnull,
    }
    return lambda folder: Terminal(folder, kept)


@pytest.fixture(scope="session")
def deployed(
    tmp_path_factory: pytest.TempPathFactory, terminal_in: Callable[[Path], Terminal]
) -> Iterator[Terminal]:
    """A showcase project, trained for one epoch, in staging and in production."""
    parent = tmp_path_factory.mktemp("user")
    terminal_in(parent).json("init", "intent")
    terminal = terminal_in(parent / "intent")
    commit(terminal.folder)
    terminal.json("local", "up", "--port", "0")
    try:
        terminal.json("publish", "dataset:replies", "data")
        terminal.json("train", "--epochs", "1", "--max-length", "64")
        terminal.json("test")
        terminal.json("release")
        terminal.json("deploy", "staging", "--release", "1")
        terminal.json("deploy", "production")
        yield terminal
    finally:
        terminal.run("penstock", "local", "down")
