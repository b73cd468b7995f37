"""The engine alone, in a loop, with ideal batches: `bare_engine.py MODEL TEXTS SECONDS`.

All texts are tokenised before, and batched with texts of exactly their own length, 16 at a
time; one thread for each core calls the engine. Prints texts a second.
"""

import itertools
import json
import sys
import threading
import time
from pathlib import Path

import numpy as np

from penstock.engines.cores import usable_cores
from penstock.engines.scorer import TextScorer

ROWS = 16


def main(model: str, texts: str, seconds: str) -> None:
    cores = usable_cores()
    scorer = TextScorer.load(Path(model), cores, streams=cores)
    rows = sorted(scorer.encode(json.loads(Path(texts).read_text())).rows, key=len)
    groups = [list(group) for _, group in itertools.groupby(rows, key=len)]
    batches = [group[at : at + ROWS] for group in groups for at in range(0, len(group), ROWS)]
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


if __name__ == "__main__":
    main(*sys.argv[1:])
