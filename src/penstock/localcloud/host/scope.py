"""Which service and region a request means: the scope of its SigV4 credential."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs

__all__ = ["Scope", "read_scope"]

_CREDENTIAL = re.compile(r"Credential=([^,\s]+)")


@dataclass(frozen=True, slots=True)
class Scope:
    """``AK/date/region/service/aws4_request`` without the key and the date."""

    region: str
    service: str


def read_scope(environ: Mapping[str, Any]) -> Scope | None:
    """Return the scope of a WSGI request, or None where it is not signed with SigV4.

    The signature itself is not checked: this host knows no secrets.
    """
    credential = _from_header(environ) or _from_query(environ)
    if credential is None:
        return None
    # An access key may hold a slash, so count from the end.
    parts = credential.rsplit("/", 4)
    if len(parts) != 5 or parts[4] != "aws4_request" or not all(parts):
        return None
    return Scope(region=parts[2], service=parts[3].lower())


def _from_header(environ: Mapping[str, Any]) -> str | None:
    found = _CREDENTIAL.search(str(environ.get("HTTP_AUTHORIZATION", "")))
    return found.group(1) if found else None


def _from_query(environ: Mapping[str, Any]) -> str | None:
    """A presigned URL carries its credential in the query."""
    query = str(environ.get("QUERY_STRING", ""))
    if "X-Amz-Credential" not in query:
        return None
    return parse_qs(query).get("X-Amz-Credential", [None])[0]
