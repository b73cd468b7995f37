"""A user's terminal."""

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

BIN = Path(sys.executable).parent


@dataclass
class Terminal:
    """Runs commands as a user would, with a clean AWS and MLflow environment."""

    folder: Path
    environment: dict[str, str]

    def run(self, *arguments: str, timeout: float = 600) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [str(BIN / arguments[0]), *arguments[1:]],
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )

    def json(self, *arguments: str) -> Any:
        done = self.run("penstock", *arguments, "--json")
        assert done.returncode == 0, done.stdout + done.stderr
        return json.loads(done.stdout)


def commit(folder: Path) -> None:
    author = ["-c", "user.name=A user", "-c", "user.email=user@example.com"]
    for arguments in (["add", "."], [*author, "commit", "-qm", "A new project"]):
        subprocess.run(["git", "-C", str(folder), *arguments], check=True)
