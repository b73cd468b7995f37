"""What this machine asks itself: it never goes to a proxy, which would read it or refuse it."""

from __future__ import annotations

import os
from collections.abc import MutableMapping
from ipaddress import ip_address
from urllib.parse import urlsplit

__all__ = ["is_loopback", "spare_loopback"]

# No "[::1]": httpx takes no brackets in this list.
SPARED = ("localhost", "127.0.0.1", "127.0.0.0/8", "::1")
_PROXIES = ("http_proxy", "https_proxy", "all_proxy")


def is_loopback(url: str) -> bool:
    """Return whether a URL names this machine itself.

    >>> is_loopback("http://127.0.0.1:7667"), is_loopback("http://example.com")
    (True, False)
    """
    try:
        host = urlsplit(url).hostname or ""
    except ValueError:
        return False
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def spare_loopback(environment: MutableMapping[str, str] = os.environ) -> None:
    """Add this machine's own addresses to ``NO_PROXY`` where the environment sets a proxy.

    Processes that are started later inherit it.
    """
    if not any(environment.get(name) or environment.get(name.upper()) for name in _PROXIES):
        return
    # Where both are set, programs read the lower-case one.
    listed = environment.get("no_proxy") or environment.get("NO_PROXY") or ""
    known = {item.strip() for item in listed.split(",")}
    if "*" in known:
        return
    lengthened = ",".join(filter(None, [listed, *(item for item in SPARED if item not in known)]))
    environment["no_proxy"] = environment["NO_PROXY"] = lengthened
