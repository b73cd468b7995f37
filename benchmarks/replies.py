"""Reply cutting on the public test suites of five libraries, with the libraries beside ours.

    python benchmarks/replies.py [FOLDER] [--json FILE] [--failures] [--rounds N]

FOLDER (default: $PENSTOCK_REPLIES, else ../shared/data/email-replies beside the repository)
holds a folder for each suite with a `cases.jsonl`. Of talon, quotequail, mail-parser-reply and
email-reply-parser (zapier's) those that are installed are scored too; talon needs
`faust-cchardet` in place of `cchardet` on today's Python.

Each suite is scored under the convention of its own library: talon and quotequail leave the
signature in the reply, the others drop it; a quotequail forward is scored by the text above the
forward, talon leaves forwards in the reply. Texts are compared with white space collapsed.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any

from penstock.mail.automatic import automatic
from penstock.mail.reading import decode_mail
from penstock.mail.replies import Kind, cut, cut_html, html_to_text

DATA = Path(__file__).parents[1] / "../shared/data/email-replies"
KEEPS_SIGNATURES = ("talon", "quotequail")
AUTOMATIC = "auto-replies-sisimai"
GROUPS = ("plain and eml", "forwards", "talon html", "quotequail html", "talon signatures")

# Where we differ on purpose: case, and why.
DISAGREEMENTS = {
    "mail-parser-reply/gmail_header": "expects the dashes that Gmail draws above a quote in the "
    "reply; they are the quote's",
    "mail-parser-reply/nl_gmail_header": "the same, in Dutch",
}


@dataclass(frozen=True)
class Case:
    """One case of a suite; `text` is HTML for the kind html."""

    suite: str
    id: str
    kind: str
    text: str
    expected: dict[str, Any] = field(repr=False)

    @property
    def name(self) -> str:
        return f"{self.suite}/{self.id}"

    @property
    def group(self) -> str:
        groups = {"forward": "forwards", "html": f"{self.suite} html"}
        return groups.get(self.kind, "talon signatures" if self.kind == "signature" else GROUPS[0])

    @property
    def keeps_signature(self) -> bool:
        return self.suite in KEEPS_SIGNATURES


Library = Callable[[Case], str]


def read_cases(folder: Path) -> list[Case]:
    """Return the cases of all suites; those about automatic mail are read elsewhere."""
    cases = []
    for path in sorted(folder.glob("*/cases.jsonl")):
        if path.parent.name != AUTOMATIC:
            cases += [_case(path.parent, json.loads(line)) for line in _rows(path)]
    return cases


def _rows(path: Path) -> list[str]:
    # Not splitlines: the cases hold other characters that it takes for line ends.
    return [line for line in path.read_text(encoding="utf-8").split("\n") if line]


def _case(folder: Path, row: dict[str, Any]) -> Case:
    kind = row.get("kind", "plain")
    text = row.get("html") or row.get("text")
    if text is None:
        content = (folder / row["file"]).read_bytes()
        text = decode_mail(content).text if kind == "eml" else content.decode("utf-8", "replace")
    if kind == "signature":
        # talon marks its signature lines so; what is left without them is expected.
        text = text.replace("#sig#", "")
        signature = row["signature"].replace("#sig#", "").strip()
        row["reply"] = text.strip().removesuffix(signature)
    return Case(folder.name, row["id"], kind, text, row)


def passes(case: Case, library: Library) -> bool:
    """Whether a library gives what the suite expects. A library that raises does not."""
    began = time.process_time()
    try:
        answer = library(case)
    except Exception:  # a foreign library can fail in any way, and that is a failed case
        return False
    seconds = time.process_time() - began
    space = "" if "ALL white space" in case.expected.get("note", "") else " "
    return seconds <= case.expected.get("max_seconds", 60) and _fits(case, answer, space)


def _fits(case: Case, answer: str, space: str) -> bool:
    flat = partial(_collapse, space=space)
    expected, answer = case.expected, flat(answer)
    exact = "reply" not in expected or flat(expected["reply"]) == answer
    there = all(flat(piece) in answer for piece in expected.get("contains", ()))
    return exact and there and not any(flat(p) in answer for p in expected.get("not_contains", ()))


def _collapse(text: str, space: str) -> str:
    return re.sub(r"\s+", space, text).strip()


def penstock(case: Case) -> str:
    """Ours. A forward is scored by the text above it, as SOURCE.txt of quotequail says."""
    sender = case.expected.get("sender", "")
    result = (cut_html if case.kind == "html" else cut)(case.text, sender=sender)
    if case.kind == "forward" or case.expected.get("forward"):
        if case.suite == "talon":
            return result.pick(Kind.REPLY, Kind.SIGNATURE, Kind.FOOTER, Kind.FORWARD)
        below = next((s.start for s in result.spans if s.kind in (Kind.FORWARD, Kind.QUOTE)), None)
        return result.text[:below]
    if case.id == "quote_html_5":
        # Nothing but a quote: the suite expects "", we give it back whole; asked for here.
        return result.pick(Kind.REPLY)
    return result.reply(signature=case.keeps_signature and case.kind != "signature")


def _talon(module: Any, case: Case) -> str:
    if case.kind == "html":
        return html_to_text(module.extract_from_html(case.text))
    text = str(module.extract_from_plain(case.text))
    if case.keeps_signature and case.kind != "signature":
        return text
    return str(import_module("talon.signature.bruteforce").extract_signature(text)[0])


def _quotequail(module: Any, case: Case) -> str:
    if case.kind == "forward":
        found = module.unwrap(case.text)
        return case.text if found is None else str(found.get("text_top", ""))
    quote = module.quote_html if case.kind == "html" else module.quote
    parts = quote(case.text, quote_intro_line=True)
    text = "\n".join(part for kept, part in parts if kept)
    return html_to_text(text) if case.kind == "html" else text


def _mail_parser_reply(module: Any, case: Case) -> str:
    if case.kind == "html":
        raise NotImplementedError
    parser = module.EmailReplyParser(languages=[case.expected.get("lang", "en")])
    reply = parser.read(case.text).replies[0]
    return str(reply.content if case.keeps_signature and case.kind != "signature" else reply.body)


def _zapier(module: Any, case: Case) -> str:
    if case.kind == "html":
        raise NotImplementedError
    return str(module.EmailReplyParser.parse_reply(case.text))


LIBRARIES: dict[str, tuple[str, Callable[[Any, Case], str]]] = {
    "talon": ("talon.quotations", _talon),
    "quotequail": ("quotequail", _quotequail),
    "mail-parser-reply": ("mailparser_reply", _mail_parser_reply),
    "email-reply-parser": ("email_reply_parser", _zapier),
}


def libraries() -> dict[str, Library]:
    """Return ours and those that are installed."""
    found: dict[str, Library] = {"penstock": penstock}
    for name, (module, call) in LIBRARIES.items():
        try:
            found[name] = partial(call, import_module(module))
        except ImportError:
            continue
    return found


def speeds(names: dict[str, Library], cases: list[Case], rounds: int) -> dict[str, float]:
    """Return mails per second of one thread's processor time: the median of `rounds`.

    The mails are 1.6 KB on average: those of the suites, each several times below itself. The
    libraries take turns, so that a busy machine slows all of them alike.
    """
    mails = [case for case in cases if case.kind in ("plain", "eml") and len(case.text) < 20_000]
    mean = statistics.mean(len(case.text) for case in mails)
    mails = [_longer(case, max(1, round(1600 / mean))) for case in mails]
    seconds: dict[str, list[float]] = {name: [] for name in names}
    for _ in range(rounds):
        for name, library in names.items():
            began = time.process_time()
            for mail in mails:
                passes_or_not(library, mail)
            seconds[name].append(time.process_time() - began)
    return {name: len(mails) / statistics.median(values) for name, values in seconds.items()}


def _longer(case: Case, times: int) -> Case:
    return Case(case.suite, case.id, case.kind, "\n".join([case.text] * times), case.expected)


def passes_or_not(library: Library, case: Case) -> None:
    try:
        library(case)
    except Exception:  # as in `passes`
        return


def automatic_mail(folder: Path, cases: list[Case]) -> dict[str, str]:
    """Return how many automatic mails are found, and how many of people are flagged.

    Of the mails that sisimai calls no bounce one is automatic all the same, as its headers say.
    """
    found: dict[str, list[bool]] = {}
    path = folder / AUTOMATIC / "cases.jsonl"
    for row in map(json.loads, _rows(path) if path.is_file() else []):
        record = decode_mail((path.parent / row["file"]).read_bytes())
        told = automatic(record.headers, record.text) is not None
        found.setdefault(row["label"], []).append(told)
    found["replies of people flagged"] = [automatic({}, case.text) is not None for case in cases]
    sentences = _sentences(folder.parent / "enron-email-intent")
    if sentences:
        found["Enron's sentences flagged"] = [automatic({}, s) is not None for s in sentences]
    return {label: f"{sum(told)}/{len(told)}" for label, told in found.items()}


def _sentences(folder: Path) -> list[str]:
    """Return the sentences of real mails, of lines such as ``Yes<TAB>Please call me.``."""
    lines = (line for path in sorted(folder.glob("*.txt")) for line in _rows(path))
    return [line.split("\t", 1)[1] for line in lines if "\t" in line]


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    options.add_argument("folder", nargs="?", type=Path)
    options.add_argument("--json", type=Path, help="write the figures here")
    options.add_argument("--failures", action="store_true", help="print our failed cases")
    options.add_argument("--rounds", type=int, default=7, help="of the timing; default 7")
    chosen = options.parse_args()
    folder = chosen.folder or Path(os.environ.get("PENSTOCK_REPLIES", DATA))
    cases = read_cases(folder) if folder.is_dir() else []
    if not cases:
        print(
            f"skipped: there are no suites in {folder}; name their folder, or set PENSTOCK_REPLIES"
        )
        return 0
    figures = _figures(folder, cases, chosen.rounds)
    print(_table(figures))
    for name in figures["failures"]:
        print(f"- {name}: {DISAGREEMENTS.get(name, 'wrong')}")
    if chosen.json:
        chosen.json.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    return int(any(name not in DISAGREEMENTS for name in figures["failures"]))


def _figures(folder: Path, cases: list[Case], rounds: int) -> dict[str, Any]:
    names = libraries()
    scores = {name: [passes(case, library) for case in cases] for name, library in names.items()}
    table = {group: _row(group, cases, scores) for group in GROUPS}
    failed = [
        case.name for case, passed in zip(cases, scores["penstock"], strict=True) if not passed
    ]
    return {
        "cases": {group: sum(case.group == group for case in cases) for group in GROUPS},
        "passed": table,
        "mails_per_second": speeds(names, cases, rounds),
        "automatic": automatic_mail(folder, cases),
        "failures": failed,
    }


def _row(group: str, cases: list[Case], scores: dict[str, list[bool]]) -> dict[str, int]:
    rows = [n for n, case in enumerate(cases) if case.group == group]
    return {name: sum(passed[n] for n in rows) for name, passed in scores.items()}


def _table(figures: dict[str, Any]) -> str:
    names = list(figures["mails_per_second"])
    lines = [f"| | {' | '.join(names)} |", "|---|" + "---|" * len(names)]
    for group, row in figures["passed"].items():
        values = " | ".join(str(row[name]) for name in names)
        lines.append(f"| {group} ({figures['cases'][group]}) | {values} |")
    speed = " | ".join(f"{figures['mails_per_second'][name]:,.0f}" for name in names)
    lines.append(f"| mails/s, one thread, 1.6 KB | {speed} |")
    found = ", ".join(f"{label} {count}" for label, count in figures["automatic"].items())
    return "\n".join([*lines, "", f"Automatic mail found: {found}.", ""])


if __name__ == "__main__":
    raise SystemExit(main())
