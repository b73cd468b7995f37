"""From a URL to the location it names."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from penstock.artifacts.local import LocalLocation
from penstock.artifacts.location import Location
from penstock.artifacts.masking import mask_url
from penstock.artifacts.remote import S3Location
from penstock.errors import InputError, did_you_mean

__all__ = ["open_location"]

PROTOCOLS = ("file", "s3")


def open_location(url: str, options: Mapping[str, Any] | None = None) -> Location:
    """Return the location at a path, ``file://`` or ``s3://`` URL.

    Raises
    ------
    InputError : the protocol is not supported, or s3fs is not installed.
    """
    protocol, separator, rest = url.partition("://")
    if not separator:
        return LocalLocation(Path(url).expanduser())
    if protocol == "file":
        return LocalLocation(Path(rest))
    if protocol == "s3":
        return S3Location(rest, options or {})
    # Others may have no write that only one of two publishers wins.
    hint = f"use a folder or s3://bucket/prefix; {did_you_mean(protocol, PROTOCOLS)}"
    raise InputError(f"protocol '{protocol}' is not supported", where=mask_url(url), hint=hint)
