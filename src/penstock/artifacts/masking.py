"""Addresses without their secrets."""

from __future__ import annotations

import re

__all__ = ["mask_url"]

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
