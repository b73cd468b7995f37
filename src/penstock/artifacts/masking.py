"""Addresses without their secrets."""

from __future__ import annotations

import re
from typing import Any

__all__ = ["mask_url", "mask_urls"]

_USER = re.compile(r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*://)[^/?#\s]*@")
_SECRET = re.compile(
    r"(?P<key>[?&;][^=&;\s]*(?:token|secret|password|passwd|pwd|signature|sig|key|credential)"
    r"[^=&;\s]*=)[^&;#\s]*",
    re.IGNORECASE,
)


def mask_url(text: str) -> str:
    """Return `text` with user and password, and secret query values, as ``***``.

    Works on a URL or on text with URLs in it. What is no URL stays as it is;
    ``git@host:path`` names no password and stays too.

    >>> mask_url("https://me:secret@example.com/x.git?token=abc")
    'https://***@example.com/x.git?token=***'
    """
    masked = _USER.sub(r"\g<scheme>***@", text)
    return _SECRET.sub(r"\g<key>***", masked) if "://" in text else masked


def mask_urls(value: Any) -> Any:
    """Return JSON-like `value` with `mask_url` on every text in it, keys aside."""
    if isinstance(value, str):
        return mask_url(value)
    if isinstance(value, dict):
        return {key: mask_urls(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [mask_urls(item) for item in value]
    return value
