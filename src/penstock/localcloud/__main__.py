"""``python -m penstock.localcloud``: the host's process. `daemon.up` starts it."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import cast

from penstock.errors import PenstockError
from penstock.localcloud.host.host import Host
from penstock.localcloud.hosting.runtime import Runtime, load
from penstock.loopback import spare_loopback

__all__ = ["main"]


def main(arguments: list[str] | None = None) -> int:
    """Run a host until it is told to stop; return the exit code."""
    options = _parser().parse_args(arguments)
    spare_loopback()
    try:
        runtime = cast(Runtime, load(options.runtime)(options.cache))
        Host(options.state_dir, options.port, runtime).run()
    except PenstockError as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_code
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m penstock.localcloud")
    parser.add_argument("--state-dir", type=Path, required=True)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--cache", type=Path, required=True)
    parser.add_argument("--runtime", default="penstock.localcloud.hosting.runtime:wheel_runtime")
    return parser


if __name__ == "__main__":
    sys.exit(main())
