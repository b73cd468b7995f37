"""The environment: which distributions are installed, on which Python."""

from __future__ import annotations

import hashlib
import importlib.metadata
import platform
import re
import sysconfig
from typing import Any

import msgspec

__all__ = ["environment_lock", "environment_sha256"]


def environment_lock() -> dict[str, Any]:
    """Return what is installed.

    Returns
    -------
    ``{"python": "3.11.7", "implementation": "CPython", "platform": "linux-x86_64",
    "distributions": ["numpy==2.1.0", ...]}``, distributions sorted, with normalised names.
    Where one is installed twice, the first on the import path counts, as for Python.
    """
    found: dict[str, str] = {}
    for distribution in importlib.metadata.distributions():
        name = distribution.metadata["Name"]
        if name:
            found.setdefault(_normalise(name), distribution.version)
    return {
        "python": platform.python_version(),
        "implementation": platform.python_implementation(),
        "platform": sysconfig.get_platform(),
        "distributions": sorted(f"{name}=={version}" for name, version in found.items()),
    }


def environment_sha256() -> str:
    """Return the SHA-256 of `environment_lock`, 64 hex digits."""
    return hashlib.sha256(msgspec.json.encode(environment_lock(), order="sorted")).hexdigest()


def _normalise(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
