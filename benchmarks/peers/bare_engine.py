"""The engine alone, in a loop, with ideal batches: `bare_engine.py MODEL TEXTS SECONDS`.

All texts are tokenised before. Where texts share a row, a batch is a row of 128 tokens filled as
well as it goes; elsewhere it is 16 texts of exactly one length. One thread for each core calls the
engine, on a stream of its own. Prints texts a second.
"""

import itertools
import json
import sys
import threading
import time
from pathlib import Path

import numpy as np

from penstock.engines.cores import usable_cores
from penstock.engines.packing import SIZES, room
from penstock.engines.scorer import TextScorer

ROWS = 16

Rows = list[list[int]]


def main(model: str, texts: str, seconds: str) -> None:
    cores = usable_cores()
    scorer = TextScorer.load(Path(model), cores, streams=cores)
    scorer.specialise()
    rows = [list(row) for row in scorer.encode(json.loads(Path(texts).read_text())).rows]
    batches = packed(rows) if scorer.packs else alike(rows)
    np.random.default_rng(0).shuffle(batches)
    done = [0] * cores

    def work(lane: int) -> None:
        for batch in itertools.cycle(batches[lane::cores]):
            if time.perf_counter() > end:
                return
            scorer.logits(batch)
            done[lane] += len(batch) if time.perf_counter() > start else 0

    start = time.perf_counter() + 1
    end = start + float(seconds)
    threads = [threading.Thread(target=work, args=(lane,)) for lane in range(cores)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    print(sum(done) / float(seconds))


def alike(rows: Rows) -> list[Rows]:
    """Return batches of texts of one length."""
    groups = [list(group) for _, group in itertools.groupby(sorted(rows, key=len), key=len)]
    return [group[at : at + ROWS] for group in groups for at in range(0, len(group), ROWS)]


def packed(rows: Rows) -> list[Rows]:
    """Return batches that fill a row: each text, the longest first, goes where it first fits."""
    batches: list[Rows] = []
    left: list[int] = []
    for row in sorted(rows, key=len, reverse=True):
        place = next((at for at, free in enumerate(left) if room(len(row)) <= free), None)
        if place is None:
            place = len(left)
            batches.append([])
            left.append(SIZES[-1])
        batches[place].append(row)
        left[place] -= room(len(row))
    return batches


if __name__ == "__main__":
    main(*sys.argv[1:])
