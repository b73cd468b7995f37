"""10,000 mails made to break the cutter, and how long large ones of each kind take.

    python benchmarks/hostile_mail.py [--mails N] [--json FILE]

The mails are those of `tests/unit/mail/test_hostile_mail.py`, which reads 1,000 of them.
Sizes are characters; times are of one thread's processor, the best of three.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests/unit/mail"))

from test_hostile_mail import HOSTILE, HOSTILE_HTML, hostile_mail

from penstock.errors import DataError
from penstock.mail.automatic import automatic
from penstock.mail.reading import cut_mail, decode_mail
from penstock.mail.replies import cut, cut_html

SIZE = 767_000
HEAD = "Yes, call me.\n\nOn Mon, Mar 4, 2024 at 9:15 AM Ann <ann@example.com> wrote:\n"
LINE = "we would like to know whether you are interested\n"
PARAGRAPH = f'<p class="MsoNormal"><span style="font-size:11pt">{LINE}</span></p>\n'
MAILS: dict[str, tuple[Callable[[str], object], str]] = {
    "a thread, marked": (cut, HEAD + SIZE // 51 * ("> " + LINE)),
    "a thread, not marked": (cut, HEAD + SIZE // 49 * LINE),
    "no thread": (cut, SIZE // 49 * LINE),
    "HTML": (cut_html, f"<p>Yes.</p><div class=gmail_quote>{SIZE // 110 * PARAGRAPH}</div>"),
}


def survives(text: str) -> bool:
    """Whether a mail is read without an exception and without a lost character."""
    for result in (cut(text, sender=text[:40]), cut_html(text)):
        if "".join(result.text[s.start : s.end] for s in result.spans) != result.text:
            return False
        if bool(result.reply()) != bool(result.text.strip()):
            return False
    content = text.encode("utf-8", "surrogatepass")
    try:
        record = decode_mail(content)
        whole = "".join(cut_mail(content).originals)
    except DataError:
        return True  # the clear refusal of what cannot be read as a mail
    automatic(record.headers, record.text)
    return bool(whole) or not record.text


def milliseconds(work: Callable[[str], object], text: str) -> float:
    """Return the best of three."""
    best = float("inf")
    for _ in range(3):
        began = time.process_time()
        work(text)
        best = min(best, time.process_time() - began)
    return round(1000 * best, 1)


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    options.add_argument("--mails", type=int, default=10_000, help="how many; default 10,000")
    options.add_argument("--json", type=Path, help="write the figures here")
    chosen = options.parse_args()
    lost = [seed for seed in range(chosen.mails) if not survives(hostile_mail(seed))]
    print(f"{chosen.mails - len(lost)} of {chosen.mails} hostile mails read, none raised")
    times = {name: milliseconds(work, text) for name, (work, text) in MAILS.items()}
    for work, table in ((cut, HOSTILE), (cut_html, HOSTILE_HTML)):
        kind = "html" if work is cut_html else "plain"
        for name, piece in table.items():
            times[f"hostile {kind}, {name}"] = milliseconds(work, SIZE // len(piece) * piece)
    for name, value in sorted(times.items(), key=lambda item: -item[1]):
        print(f"{value:8.1f} ms  {name}")
    if chosen.json:
        figures = {"mails": chosen.mails, "lost": lost, "milliseconds": times}
        chosen.json.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    return int(bool(lost))


if __name__ == "__main__":
    raise SystemExit(main())
