"""A publisher is killed at every touch of the store; none of it may show."""

import json
import subprocess
import sys
from pathlib import Path

MORTAL = Path(__file__).with_name("mortal.py")


def test_killed_at_any_point_a_publish_leaves_no_version_or_a_whole_one(place, folder, tmp_path):
    url, options = place
    command = [MORTAL, url, json.dumps(options), folder, tmp_path / "cache"]
    done = subprocess.run(
        [sys.executable, *map(str, command)], capture_output=True, text=True, timeout=55
    )
    assert done.returncode == 0, done.stderr
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    *killed, survivor = rows
    assert len(killed) >= 12
    assert all(row["killed"] and row["looked"] == 0 for row in killed), done.stderr
    assert survivor["status"] == 0 and survivor["aliases"] == {"gold": 1}
    for row in rows:
        assert row["visible"] in ([], [1]), row
        assert row["listed"] == len(row["visible"]), row
        assert row["whole"] == [survivor["digest"]] * len(row["visible"]), row
        assert row["then"] == 1 and row["digest"] == survivor["digest"], row
        assert row["aliases"] in ({}, {"gold": 1}), row
    # Most of the work comes before the version shows, and once it shows it stays.
    seen = [len(row["visible"]) for row in rows]
    assert seen == sorted(seen)
    assert seen.count(0) >= 8
