"""Several processes publish to one name at once."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from penstock.artifacts.store import Store

PUBLISHER = Path(__file__).with_name("publisher.py")


def race(place, tmp_path, names, count):
    """Start publishers, let them go together, and return what they printed."""
    url, options = place
    started = []
    for index, name in enumerate(names):
        home = tmp_path / f"publisher-{index}"
        home.mkdir()
        command = [PUBLISHER, url, json.dumps(options), name, str(count), home]
        started.append(
            subprocess.Popen(
                [sys.executable, *map(str, command)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
        )
    for process in started:
        process.stdin.write("go\n")
        process.stdin.flush()
    rows = [process.communicate(timeout=50)[0].splitlines() for process in started]
    assert [process.returncode for process in started] == [0] * len(started)
    return [json.loads(row) for each in rows for row in each]


@pytest.fixture
def store(place, tmp_path):
    return Store(place[0], cache=tmp_path / "cache", storage_options=place[1])


def test_two_publishers_never_share_a_version(place, store, tmp_path):
    rows = race(place, tmp_path, ["one", "two", "three"], 4)
    assert all(row["created"] for row in rows)
    assert sorted(row["version"] for row in rows) == list(range(1, 13))
    assert store.versions("dataset", "raced") == list(range(1, 13))
    for row in rows:
        assert store.consume(f"dataset:raced@{row['version']}").digest == row["digest"]


def test_the_same_content_at_once_is_one_version(place, store, tmp_path):
    rows = race(place, tmp_path, ["same", "same"], 1)
    assert [row["version"] for row in rows] == [1, 1]
    assert sorted(row["created"] for row in rows) == [False, True]
    assert store.versions("dataset", "raced") == [1]
