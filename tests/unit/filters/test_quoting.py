"""What YAML made of a word that is meant as text is refused, with what to do."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from penstock.errors import ConfigError
from penstock.filters import Pipeline

VALUES: list[Any] = [False, 1, 1.5, date(2024, 1, 1)]
RULE = {"when": "score > 0.1"}


def refused(side: str, block: dict[str, Any]) -> str:
    with pytest.raises(ConfigError) as caught:
        Pipeline.from_dict({side: [block]})
    return str(caught.value)


@pytest.mark.parametrize("value", VALUES)
def test_text_that_yaml_made_something_else_of_is_to_be_quoted(value: Any) -> None:
    blocks: list[tuple[str, dict[str, Any]]] = [
        ("after", {"filter": "rules", "rules": [{**RULE, "label": value}]}),
        ("after", {"filter": "rules", "rules": [{**RULE, "suppress": value}]}),
        ("after", {"filter": "rules", "rules": [{**RULE, "annotate": {value: "a"}}]}),
        ("after", {"filter": "map_labels", "labels": {"yes": value}}),
        ("after", {"filter": "map_labels", "labels": {value: "yes"}}),
        ("after", {"filter": "suppress_below", "classes": {value: 0.5}}),
        ("after", {"filter": "add_metadata", "values": {value: "a"}}),
        ("before", {"filter": "require_fields", "fields": [value]}),
    ]
    for side, block in blocks:
        assert "quote it" in refused(side, block), block


def test_a_number_that_is_text_to_yaml_is_told() -> None:
    assert "write 3.0e-5" in refused("after", {"filter": "suppress_below", "threshold": "3e-5"})
    block = {"filter": "suppress_below", "classes": {"a": "3e-5"}}
    assert "write 3.0e-5" in refused("after", block)
