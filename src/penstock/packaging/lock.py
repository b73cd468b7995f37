"""``requirements.lock``: every wheel by version and hash, as pip's ``--require-hashes`` wants."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path

from packaging.utils import parse_wheel_filename

__all__ = ["write_lock"]


def write_lock(wheels: Iterable[Path], path: Path) -> str:
    """Write the lock of some wheels and return ``sha256:<hex>`` of its text.

    The same wheels give the same bytes, whatever their order.
    """
    text = "".join(sorted(_line(wheel) for wheel in wheels))
    path.write_text(text, encoding="utf-8")
    return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"


def _line(wheel: Path) -> str:
    name, version, _, _ = parse_wheel_filename(wheel.name)
    with wheel.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return f"{name}=={version} --hash=sha256:{digest}\n"
