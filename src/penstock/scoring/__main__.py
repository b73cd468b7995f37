"""``python -m penstock.scoring [serve]``: the container's process."""

from __future__ import annotations

import argparse
import logging
import os
import socket
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from penstock.errors import PenstockError
from penstock.loopback import spare_loopback
from penstock.scoring.process.handover import Handover
from penstock.scoring.process.past import Past
from penstock.scoring.process.settings import Settings
from penstock.scoring.process.supervisor import Supervisor, listen
from penstock.scoring.watch.logs import configure

log = logging.getLogger("penstock.scoring")


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until SIGTERM; return the exit code: 0, or the error's."""
    options = _parser().parse_args(arguments)
    configure()
    spare_loopback()
    return _exit_code(lambda: _supervise(_settings(options)))


def _settings(options: argparse.Namespace) -> Settings:
    given = {name: value for name, value in vars(options).items() if value is not None}
    given.pop("command", None)
    return replace(Settings.from_environment(), **given)


def _supervise(settings: Settings) -> int:
    configure(settings.log_level)
    listener = listen(settings.host, settings.port)
    return Supervisor(partial(_work, settings), listener).run()


def _work(settings: Settings, listener: socket.socket, past: Past, handover: Handover) -> int:
    def work() -> int:
        # The engine uses every core, so tokenising in further threads would only wait.
        os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
        # Imported in the worker, so that the supervisor stays small and forks fast.
        from penstock.scoring.http.server import serve

        serve(settings, listener, past, handover)
        return 0

    return _exit_code(work)


def _exit_code(work: Callable[[], int]) -> int:
    try:
        return work()
    except PenstockError as error:
        log.error(str(error), extra={"fields": {"code": error.code}})
        return error.exit_code
    except Exception:  # third-party filters and runtimes raise anything; logs must stay JSON
        log.exception("the server failed")
        return PenstockError.exit_code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m penstock.scoring", description=__doc__)
    # SageMaker starts every inference image with this argument.
    parser.add_argument("command", nargs="?", choices=["serve"], help="the default")
    parser.add_argument("--model-dir", type=Path, help="default: $PENSTOCK_MODEL_DIR")
    parser.add_argument("--host", help="default: $PENSTOCK_HOST, else 0.0.0.0")
    parser.add_argument("--port", type=int, help="default: $SAGEMAKER_BIND_TO_PORT, else 8080")
    return parser


if __name__ == "__main__":
    sys.exit(main())
