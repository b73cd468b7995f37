"""A Runtime that starts `serving_program`: what the host under test is given by name."""

import sys
from pathlib import Path

PROGRAM = Path(__file__).with_name("serving_program.py")


class ProgramRuntime:
    def prepare(self, model_dir: Path) -> list[str]:
        return [sys.executable, "-S", "-E", str(PROGRAM)]


def make(cache: Path) -> ProgramRuntime:
    return ProgramRuntime()
