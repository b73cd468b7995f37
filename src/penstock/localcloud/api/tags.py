"""AddTags, ListTags, DeleteTags."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from penstock.localcloud.api.catalog import CONFIG, MODEL
from penstock.localcloud.fault import missing, validation_exception
from penstock.localcloud.hosting.endpoints import KIND
from penstock.localcloud.names import arn_of
from penstock.localcloud.state import State

__all__ = ["Tags"]

MOST = 50


class Tags:
    """The tag actions, each ``(region, request) -> response``."""

    def __init__(self, state: State) -> None:
        self._state = state

    def add_tags(self, region: str, request: Mapping[str, Any]) -> dict[str, Any]:
        """AddTags."""
        arn = self._known(region, request["ResourceArn"])
        keys = {tag["Key"] for tag in (*self._state.tags(arn), *request["Tags"])}
        if len(keys) > MOST:
            raise validation_exception(f"{len(keys)} tags on {arn}: at most {MOST} are allowed")
        self._state.add_tags(arn, request["Tags"])
        return {"Tags": self._state.tags(arn)}

    def list_tags(self, region: str, request: Mapping[str, Any]) -> dict[str, Any]:
        """ListTags. All of them fit one page: there are at most 50."""
        return {"Tags": self._state.tags(self._known(region, request["ResourceArn"]))}

    def delete_tags(self, region: str, request: Mapping[str, Any]) -> dict[str, Any]:
        """DeleteTags."""
        self._state.delete_tags(self._known(region, request["ResourceArn"]), request["TagKeys"])
        return {}

    def _known(self, region: str, arn: str) -> str:
        for kind in (MODEL, CONFIG, KIND):
            for item in self._state.find(kind, region):
                if arn_of(region, kind, item.name) == arn:
                    return arn
        raise missing("resource", arn)
