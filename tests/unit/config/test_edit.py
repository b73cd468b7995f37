"""Thresholds are written into a file of the project; all else of it stays as it is."""

# ruff: noqa: E501 - a layout a line

from __future__ import annotations

import difflib
import re
from typing import Any

import pytest
import yaml

from penstock.config.edit import with_filter
from penstock.errors import ConfigError

BLOCK: dict[str, Any] = {"filter": "suppress_below", "threshold": 0.7, "classes": {"no": 0.9}}

FILE = """\
# where it goes
endpoint: x   # its name
wrap:
  before: []
  after:
    # ahead of all
    - filter: rules   # of the business
      rules:
        - when: score > 0.1
          label: 'no'
    # what is unsure
    - filter: suppress_below   # chosen by hand
      threshold: 0.5  # half
      classes:
        yes please: 0.8   # one that goes
        'no': 0.6   # one that stays
    - filter: top_k
      k: 3
# the end
"""


def changed(text: str, block: dict[str, Any] = BLOCK) -> tuple[list[str], list[str]]:
    """Return the lines that went and those that came."""
    new = with_filter(text, block, "f.yaml")
    lines = list(difflib.ndiff(text.splitlines(), new.splitlines()))
    return [x[2:] for x in lines if x[0] == "-"], [x[2:] for x in lines if x[0] == "+"]


def test_only_the_numbers_of_a_filter_that_is_there_change() -> None:
    assert changed(FILE) == (
        [
            "      threshold: 0.5  # half",
            "        yes please: 0.8   # one that goes",
            "        'no': 0.6   # one that stays",
        ],
        ["      threshold: 0.7  # half", "        'no': 0.9   # one that stays"],
    )


def test_writing_twice_is_writing_once() -> None:
    once = with_filter(FILE, BLOCK, "f.yaml")
    assert with_filter(once, BLOCK, "f.yaml") == once


def test_a_new_filter_goes_behind_the_rules() -> None:
    text = FILE.replace("suppress_below", "suppress_out_of_scope")
    gone, came = changed(
        text.replace("      classes:\n", "").replace(
            "        yes please: 0.8   # one that goes\n        'no': 0.6   # one that stays\n", ""
        )
    )
    assert gone == []
    assert came == [
        "    - filter: suppress_below",
        "      threshold: 0.7",
        "      classes:",
        "        'no': 0.9",
    ]
    after = yaml.safe_load(with_filter(text, BLOCK, "f.yaml"))["wrap"]["after"]
    assert [item["filter"] for item in after] == [
        "rules",
        "suppress_below",
        "suppress_out_of_scope",
        "top_k",
    ]


COMMENT = re.compile(r"# \w.*")
LAYOUTS = {
    "nothing": "",
    "a comment": "# nothing yet\n",
    "the end of the document": "--- # one\na: 1\n...\n",
    "no wrap": "a: 1\n",
    "no wrap, no line end": "a: 1",
    "an empty wrap": "wrap:\na: 1\n",
    "an empty wrap in braces": "wrap: {}  # none\na: 1\n",
    "no after": "wrap:\n  before:\n  - filter: cache\na: 1\n",
    "an empty after": "wrap:\n  after:   # none\na: 1\n",
    "null": "wrap:\n    after: null # none\na: 1\n",
    "an empty list": "wrap:\n  after: []   # none\n  before: []\n",
    "not indented": "wrap:\n  after:\n  - filter: top_k\n    k: 1\na: 1\n",
    "rules last": "wrap:\n  after:\n  - filter: rules\n    rules:\n    - when: |\n        score > 1\n      label: a\n\n\na: 1\n",
    "in brackets": "wrap:\n  after: [{filter: top_k, k: 3}]\n",
    "in brackets, behind rules": "wrap:\n  after: [{filter: rules, rules: []}, {filter: top_k, k: 3}]\n",
    "itself in braces": "wrap:\n  after:\n  - {filter: suppress_below, threshold: 0.1}  # why\n",
    "itself bare": "wrap:\n  after:\n  -   filter: suppress_below  # why\n  - filter: top_k\n    k: 1\n",
    "classes in braces": "wrap:\n  after:\n  - threshold: 0.1\n    classes: {a: 0.3}  # why\n    filter: suppress_below\n",
    "all classes go": "wrap:\n  after:\n  - filter: suppress_below\n    classes:   # of them\n      a: 1\n      b: 1\n  - filter: top_k\n    k: 1\n",
    "Windows": "wrap:\r\n  after:\r\n    - filter: top_k\r\n      k: 1\r\n",
    "a byte order mark": "\ufeffwrap:\n  after:\n    - filter: top_k\n      k: 1\n",
    "letters beyond ASCII": "a: ÄÖ𝒳\nwrap:\n  after:\n    - filter: suppress_below\n      classes: {Ünsubscribe: 0.5}\n",
}  # fmt: skip


@pytest.mark.parametrize("name", LAYOUTS)
@pytest.mark.parametrize("classes", [{"no": 0.9}, {"a": 0.25, "1": 1e-9, "Ünicode:#": 0.5}, None])
def test_every_layout_holds_the_filter_after(name: str, classes: dict[str, float] | None) -> None:
    text, block = LAYOUTS[name], {**BLOCK, "classes": classes or {}}
    new = with_filter(text, block, "f.yaml")
    data, before = yaml.safe_load(new), yaml.safe_load(text) or {}
    found = [item for item in data["wrap"]["after"] if item["filter"] == "suppress_below"]
    assert found == [block]
    assert {key: value for key, value in data.items() if key != "wrap"} == {
        key: value for key, value in before.items() if key != "wrap"
    }
    assert COMMENT.findall(text) == COMMENT.findall(new)
    assert ("\r\n" in text) == ("\r\n" in new)
    assert "\n" not in new.replace("\r\n", "") or "\r\n" not in text


REFUSED = {
    "an alias": "x: &x [{filter: suppress_below}]\nwrap:\n  after: *x\n",
    "a wrap in braces": "wrap: {before: []}\n",
    "a list": "- a\n",
    "twice": "wrap:\n  after:\n  - filter: suppress_below\n  - filter: suppress_below\n",
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_written_is_refused(name: str) -> None:
    with pytest.raises(ConfigError, match=r"f\.yaml, wrap"):
        with_filter(REFUSED[name], BLOCK, "f.yaml")
