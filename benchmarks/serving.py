"""Serving: Penstock's container beside the servers a Python user would pick.

    python benchmarks/serving.py --folder /tmp/serving [--rounds 3] [--seconds 4] [--json FILE]

Every server gets the same classifier (MiniLM-L6 on Banking77), the same machine, the same
client (wrk: apt-get install wrk) and the same texts, one a request. They take turns, a fresh
process each, for as many rounds as are asked for; the median round counts. Only good answers
count as texts a second; beside them stands the share of errors. Each is installed
from `benchmarks/peers/servers.py` into an environment of its own in the folder (12 GB, a
quarter of an hour); what does not install or does not run is told with its error. `--only`
takes names of servers. Without `--model` a small model is trained.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import random
import statistics
import subprocess
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from peers.environment import FailedError, build, size
from peers.forms import DATA, make, make_mlflow, read
from peers.load import press
from peers.running import Running
from peers.servers import HERE, MLFLOW, PENSTOCK, SERVERS, Files, Server, lines

CONNECTIONS = (16, 64)
TEXTS = 2000
Figures = dict[str, float]
COLUMNS = {
    "texts/s, 16": "rate_16",
    "texts/s, 64": "rate_64",
    "p99 ms, 64": "p99_64",
    "errors, 64": "errors_64",
    "p50 ms, alone": "p50_1",
    "start s": "start",
    "MB resident": "resident",
    "MB proportional": "proportional",
    "MB installed": "installed",
}


def main() -> int:
    options = _options()
    if not DATA.is_dir():
        print(f"skipped: there is no Banking77 in {DATA}")
        return 0
    options.folder.mkdir(parents=True, exist_ok=True)
    files = make(options.folder, options.model)
    texts = [row["text"] for row in read("test.csv")]
    random.Random(0).shuffle(texts)
    servers = [server for server in SERVERS if _wanted(server, options.only)]
    failed: dict[str, str] = {}
    environments = dict(_environments(servers, options.folder, files, failed))
    found: dict[str, list[Figures]] = {server.name: [] for server in servers}
    bare: list[float] = []
    for number in range(1, options.rounds + 1):
        print(f"round {number} of {options.rounds}", flush=True)
        if PENSTOCK in environments:
            bare.append(_bare(environments[PENSTOCK], files, texts[:TEXTS], options))
        for server in servers:
            if server.name not in failed:
                _round(server, files, environments, texts, options, found, failed)
    _report(_medians(found, environments), bare, failed, options.json)
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else "")
    parser.add_argument("--folder", type=Path, required=True, help="for environments and models")
    parser.add_argument("--model", type=Path, help="a trained model with engine/openvino-int8")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=int, default=4, help="of each load")
    parser.add_argument("--only", nargs="*", default=[], help="names of servers, or beginnings")
    parser.add_argument("--json", type=Path, help="where the figures are written")
    return parser.parse_args()


def _wanted(server: Server, only: list[str]) -> bool:
    return not only or any(server.name.lower().startswith(name.lower()) for name in only)


def _environments(
    servers: list[Server], folder: Path, files: Files, failed: dict[str, str]
) -> Iterable[tuple[str, Path]]:
    for server in servers:
        print(f"installing {server.name}", flush=True)
        try:
            place = build(server, folder)
            if server.name == MLFLOW:
                make_mlflow(files, place)
            yield server.name, place
        except FailedError as error:
            failed[server.name] = f"does not install: {error}"


def _round(
    server: Server,
    files: Files,
    environments: dict[str, Path],
    texts: list[str],
    options: argparse.Namespace,
    found: dict[str, list[Figures]],
    failed: dict[str, str],
) -> None:
    try:
        figures = _measure(server, files, environments[server.name], texts, options)
    except FailedError as error:
        failed[server.name] = f"does not run: {error}"
        return
    found[server.name].append(figures)
    said = ", ".join(
        f"{name} {figures[key]:.4g}" for name, key in COLUMNS.items() if key in figures
    )
    print(f"  {server.name}: {said}", flush=True)


def _measure(
    server: Server, files: Files, place: Path, texts: list[str], options: argparse.Namespace
) -> Figures:
    bodies = options.folder / f"{server.folder}.jsonl"
    bodies.write_text(lines(server, texts[:TEXTS]))
    with Running(server, files, place) as running:
        url = f"http://127.0.0.1:{running.port}{server.path}"
        body = bodies.read_bytes().split(b"\n")[0]
        status, answer = running.ask("POST", server.path, body)
        if status != 200:
            raise FailedError(f"answers {status}: {answer[:150].decode('utf-8', 'replace')}")
        press(url, bodies, 16, 1)
        figures = {"start": running.seconds, "p50_1": press(url, bodies, 1, options.seconds).p50}
        for connections in CONNECTIONS:
            load = press(url, bodies, connections, options.seconds)
            figures[f"rate_{connections}"] = load.rate
            figures[f"p99_{connections}"] = load.p99
            figures[f"errors_{connections}"] = load.errors
        figures["resident"], figures["proportional"] = running.memory()
    return figures


def _bare(place: Path, files: Files, texts: list[str], options: argparse.Namespace) -> float:
    """Return texts a second of the engine alone, with ideal batches."""
    tokens = options.folder / "texts.json"
    tokens.write_text(json.dumps(texts))
    command = [place / "bin/python", HERE / "bare_engine.py", files.penstock, tokens]
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}
    done = subprocess.run(
        [*map(str, command), str(options.seconds)],
        capture_output=True,
        text=True,
        check=True,
        env=environment,
    )
    rate = float(done.stdout)
    print(f"  the bare engine: {rate:.0f} texts/s", flush=True)
    return rate


def _medians(found: dict[str, list[Figures]], environments: dict[str, Path]) -> dict[str, Figures]:
    medians = {}
    for name, rounds in found.items():
        if rounds:
            figures = {key: statistics.median(one[key] for one in rounds) for key in rounds[0]}
            medians[name] = {**figures, "installed": size(environments[name]) / 1e6}
    return medians


def _report(
    medians: dict[str, Figures], bare: list[float], failed: dict[str, str], path: Path | None
) -> None:
    print("\n| server |", " | ".join(COLUMNS), "|")
    print("|---|" + "---|" * len(COLUMNS))
    for name, figures in medians.items():
        print(f"| {name} |", " | ".join(f"{figures[key]:.4g}" for key in COLUMNS.values()), "|")
    for name, why in failed.items():
        print(f"\n{name} {why}")
    ratios = _ratios(medians, bare)
    for what, value in ratios.items():
        print(f"{what}: {value:.2f}")
    if path is not None:
        machine = {"cores": os.cpu_count(), "machine": platform.machine()}
        result = {"machine": machine, "servers": medians, "bare_engine": bare}
        path.write_text(json.dumps({**result, "failed": failed, "ratios": ratios}, indent=1))


def _ratios(medians: dict[str, Figures], bare: list[float]) -> dict[str, float]:
    """Return Penstock's figures over those it is held to."""
    own, mlflow = medians.get(PENSTOCK), medians.get(MLFLOW)
    peers = [figures for name, figures in medians.items() if name not in (PENSTOCK, MLFLOW)]
    ratios: dict[str, Any] = {}
    if own is None:
        return ratios
    print()
    for key in ("rate_16", "rate_64"):
        if mlflow:
            ratios[f"{key} over mlflow models serve (target 25)"] = own[key] / mlflow[key]
        if peers:
            best = max(figures[key] for figures in peers)
            ratios[f"{key} over the best other peer (target 2)"] = own[key] / best
        share = own[key] / statistics.median(bare)
        ratios[f"{key} over the bare engine (target 0.85)"] = share
    if mlflow:
        for key in ("p50_1", "start", "installed"):
            target = 5 if key == "installed" else 8
            ratios[f"mlflow models serve over {key} (target {target})"] = mlflow[key] / own[key]
    return ratios


if __name__ == "__main__":
    raise SystemExit(main())
