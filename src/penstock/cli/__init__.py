"""The command `penstock`: thin; every command calls one function of a stage or room."""

from __future__ import annotations

import sys

__all__ = ["main"]


def main() -> None:
    """Run the command line; the entry point of `penstock`."""
    try:
        from penstock.cli.app import app
    except ModuleNotFoundError as error:
        sys.stderr.write(
            f"error: the command line needs '{error.name}'; "
            "this is the serving runtime alone; run `pip install 'penstock[all]'`\n"
        )
        raise SystemExit(2) from None
    app()
