"""Publishes from a process of its own: ``publisher.py URL OPTIONS WHO COUNT FOLDER``.

Prints one JSON object for each publish. WHO goes into the content, unless it is ``same``.
"""

import json
import sys
from pathlib import Path

from penstock.artifacts.store import Store

url, options, who, count, folder = sys.argv[1:]
store = Store(url, cache=Path(folder) / "cache", storage_options=json.loads(options))
source = Path(folder) / "data.csv"
sys.stdin.readline()
for number in range(int(count)):
    source.write_text(f"{who} {number}")
    artifact = store.publish(source, "dataset:raced")
    row = {"version": artifact.reference.version, "created": artifact.created_now}
    print(json.dumps(row | {"digest": artifact.digest}), flush=True)
