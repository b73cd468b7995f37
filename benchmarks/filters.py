"""Time each built-in filter on the showcase's mails: microseconds a mail, one thread.

Run `python benchmarks/filters.py`. The least of five runs: other work on the machine only adds.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from penstock.filters import Pipeline, Record, registry
from penstock.mail.reading import decode_mail
from penstock.showcase import mails
from penstock.showcase.bodies import INTENTS

MAILS = 500
SPECS = {
    "map_labels": {"labels": {"positive": "Interested"}},
    "require_language": {"languages": ["en"]},
    "rules": {
        "rules": [
            {"when": 'label == "never"', "label": "x"},
            {"when": 'contains(text, "take me off", "unsubscribe me")', "label": "x"},
            {"when": 'word(text, "invoice") and score > 0.9', "label": "x"},
        ]
    },
    "top_k": {"k": 3},
}


def main() -> None:
    """Print a row for each filter."""
    records = [Record(*decode_mail(mail.as_bytes())) for mail in mails(seed=1, count=MAILS)]
    answers = [record.scored([0.1] * 6 + [0.4], INTENTS) for record in records]
    size = sum(len(record.text) for record in records) / MAILS
    print(f"{MAILS} mails of {size:.0f} characters on average; microseconds a mail\n")
    for name, cls in registry.BUILT_IN.items():
        side = "before" if hasattr(cls, "before") else "after"
        pipeline = Pipeline.from_dict({side: [{"filter": name, **SPECS.get(name, {})}]})
        if side == "before":
            print(f"{name:22} {least(lambda p=pipeline: p.before(records)):8.1f}")
        else:
            print(f"{name:22} {least(lambda p=pipeline: p.after(answers)):8.1f}")


def least(work: Callable[[], list[Record]]) -> float:
    """Return the least time of five runs, in microseconds a mail."""
    times = []
    for _ in range(5):
        started = time.process_time()
        work()
        times.append(time.process_time() - started)
    return min(times) / MAILS * 1e6


if __name__ == "__main__":
    main()
