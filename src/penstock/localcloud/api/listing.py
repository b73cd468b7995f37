"""List* actions: filters, order and pages, the same for every kind."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from botocore.utils import parse_timestamp

from penstock.localcloud.fault import validation_exception

__all__ = ["page"]

PAGE = 10
"""SageMaker's own default for MaxResults."""

Summary = Mapping[str, Any]


def page(
    summaries: Sequence[Summary], request: Mapping[str, Any], name: str
) -> tuple[list[Summary], str | None]:
    """Return one page of summaries and the token of the next.

    Parameters
    ----------
    summaries : all there are, each with CreationTime and perhaps LastModifiedTime.
    request : a valid List* request.
    name : the member that holds a summary's name, such as ``EndpointName``.
    """
    found = [item for item in summaries if all(test(item) for test in _tests(request, name))]
    key = _sort_key(request, name)
    found.sort(key=key, reverse=request.get("SortOrder", "Descending") == "Descending")
    start = _start(request.get("NextToken"))
    end = start + request.get("MaxResults", PAGE)
    return found[start:end], _token(end) if end < len(found) else None


def _tests(request: Mapping[str, Any], name: str) -> list[Callable[[Summary], bool]]:
    tests: list[Callable[[Summary], bool]] = []
    if part := request.get("NameContains"):
        tests.append(lambda item: part.lower() in item[name].lower())
    if status := request.get("StatusEquals"):
        tests.append(lambda item: item["EndpointStatus"] == status)
    for member in ("CreationTime", "LastModifiedTime"):
        if f"{member}Before" in request:
            tests.append(_before(member, _seconds(request[f"{member}Before"])))
        if f"{member}After" in request:
            tests.append(_after(member, _seconds(request[f"{member}After"])))
    return tests


def _before(member: str, moment: float) -> Callable[[Summary], bool]:
    return lambda item: bool(item[member] < moment)


def _after(member: str, moment: float) -> Callable[[Summary], bool]:
    return lambda item: bool(item[member] > moment)


def _sort_key(request: Mapping[str, Any], name: str) -> Callable[[Summary], Any]:
    by = request.get("SortBy", "CreationTime")
    member = {"Name": name, "Status": "EndpointStatus"}.get(by, by)
    # The name settles ties, so that pages never overlap.
    return lambda item: (item[member], item[name])


def _seconds(value: Any) -> float:
    moment: datetime = parse_timestamp(value)
    return moment.timestamp()


def _token(start: int) -> str:
    return base64.urlsafe_b64encode(str(start).encode()).decode()


def _start(token: str | None) -> int:
    if token is None:
        return 0
    try:
        return max(0, int(base64.urlsafe_b64decode(token)))
    except (ValueError, binascii.Error):
        raise validation_exception(f"Value '{token}' at 'nextToken' is not a token") from None
