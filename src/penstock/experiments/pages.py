"""The leaderboard as files: JSON, CSV, Markdown, one HTML page, a picture."""

from __future__ import annotations

import base64
import csv
import html
import io
import json
from pathlib import Path

from penstock.evaluation.intervals import Interval
from penstock.experiments.leaderboard import Entry, Leaderboard

__all__ = ["COLUMNS", "cells", "write"]

COLUMNS = (
    "candidate",
    "accuracy %",
    "macro-F1 %",
    "behind best",
    "training",
    "size",
    "texts/s",
)
CSV_COLUMNS = (
    "name", "kind", "accuracy", "accuracy_low", "accuracy_high", "macro_f1", "macro_f1_low",
    "macro_f1_high", "behind", "behind_low", "behind_high", "p_value", "train_seconds",
    "texts_per_second", "size", "run_id", "reused", "failed",
)  # fmt: skip
STYLE = (
    "body{font:15px/1.5 system-ui,sans-serif;max-width:64rem;margin:2rem auto;padding:0 1rem}"
    "table{border-collapse:collapse;width:100%}th,td{text-align:left;padding:.3rem .6rem;"
    "border-bottom:1px solid #ddd}img{max-width:100%}"
)


def cells(entry: Entry) -> tuple[str, ...]:
    """Return what a row shows, as `COLUMNS` names it."""
    return (
        entry.name,
        _percent(entry.accuracy),
        _percent(entry.macro_f1),
        "" if entry.behind is None else _points(entry.behind),
        _seconds(entry.train_seconds),
        _size(entry.size),
        f"{entry.texts_per_second:,.0f}",
    )


def write(board: Leaderboard, folder: Path) -> None:
    """Write `leaderboard.json`, `.csv`, `.md`, `.html` and, if any ran, `.png`."""
    folder.mkdir(parents=True, exist_ok=True)
    text = json.dumps(board.to_dict(), indent=2) + "\n"
    (folder / "leaderboard.json").write_text(text, encoding="utf-8")
    (folder / "leaderboard.csv").write_text(_csv(board), encoding="utf-8")
    (folder / "leaderboard.md").write_text(_markdown(board), encoding="utf-8")
    picture = _picture(board) if board.entries else b""
    if picture:
        (folder / "leaderboard.png").write_bytes(picture)
    (folder / "leaderboard.html").write_text(_html(board, picture), encoding="utf-8")


def _heading(board: Leaderboard) -> str:
    return (
        f"{board.dataset}, train split: {board.train_texts} texts to learn, {board.texts} to "
        f"answer (share {board.share:g}, seed {board.seed}). Intervals hold 95 %."
    )


def _markdown(board: Leaderboard) -> str:
    lines = ["# Leaderboard", "", _heading(board), ""]
    lines += [_line(COLUMNS), "|---" * len(COLUMNS) + "|"]
    lines += [_line(cells(entry)) for entry in board.entries]
    lines += ["", board.verdict(), *board.notes()]
    if board.failures:
        lines += ["", "Failed:", ""]
        lines += [
            f"- {failed.name}: {' '.join(failed.reason.split())}" for failed in board.failures
        ]
    return "\n".join(lines) + "\n"


def _line(row: tuple[str, ...]) -> str:
    return f"| {' | '.join(row)} |"


def _csv(board: Leaderboard) -> str:
    sheet = io.StringIO()
    writer = csv.writer(sheet, lineterminator="\n")
    writer.writerow(CSV_COLUMNS)
    for e in board.entries:
        figures = [*_ends(e.accuracy), *_ends(e.macro_f1), *_ends(e.behind), e.p_value]
        costs = [e.train_seconds, e.texts_per_second, e.size, e.run_id, e.reused]
        writer.writerow([e.name, e.kind, *figures, *costs, ""])
    for f in board.failures:
        writer.writerow([f.name, f.kind, *[""] * 13, f.run_id, "", f.reason])
    return sheet.getvalue()


def _ends(interval: Interval | None) -> list[object]:
    return [interval.value, interval.low, interval.high] if interval else [None] * 3


def _html(board: Leaderboard, picture: bytes) -> str:
    head = "".join(f"<th>{html.escape(name)}</th>" for name in COLUMNS)
    rows = "".join(
        "<tr>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in cells(entry)) + "</tr>"
        for entry in board.entries
    )
    failed = "".join(
        f"<li>{html.escape(item.name)}: {html.escape(item.reason)}</li>" for item in board.failures
    )
    words = "".join(f"<p>{html.escape(text)}</p>" for text in [board.verdict(), *board.notes()])
    encoded = base64.b64encode(picture).decode()
    shown = f'<img alt="accuracy against speed" src="data:image/png;base64,{encoded}">'
    failed = f"<h2>Failed</h2><ul>{failed}</ul>" if failed else ""
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>Leaderboard</title>'
        f"<style>{STYLE}</style><h1>Leaderboard</h1><p>{html.escape(_heading(board))}</p>"
        f"<table><tr>{head}</tr>{rows}</table>{words}{failed}"
        f"{shown if picture else ''}</html>\n"
    )


def _picture(board: Leaderboard) -> bytes:
    """Draw accuracy with its interval against texts a second; no display is needed."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7, 4.5), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    for entry in board.entries:
        at, share = entry.texts_per_second, entry.accuracy
        ends = [[share.value - share.low], [share.high - share.value]]
        axes.errorbar([at], [share.value], yerr=ends, fmt="o", capsize=3)
        axes.annotate(
            entry.name, (at, share.value), xytext=(7, 4), textcoords="offset points", fontsize=9
        )
    axes.set_xscale("log")
    axes.margins(x=0.25)
    axes.set_xlabel("texts a second")
    axes.set_ylabel("accuracy, 95 % interval")
    axes.grid(alpha=0.3)
    page = io.BytesIO()
    figure.savefig(page, dpi=110, format="png")
    return page.getvalue()


def _percent(share: Interval) -> str:
    return f"{share.value * 100:.1f} ({share.low * 100:.1f}–{share.high * 100:.1f})"


def _points(gap: Interval) -> str:
    return f"{gap.value * 100:+.1f} ({gap.low * 100:+.1f} to {gap.high * 100:+.1f})"


def _seconds(seconds: float) -> str:
    return f"{seconds:.1f} s" if seconds < 120 else f"{seconds / 60:.1f} min"


def _size(size: int | None) -> str:
    return "unknown" if size is None else f"{size / 1e6:.1f} MB"
